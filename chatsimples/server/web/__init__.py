"""The web process: answers HTTP requests, from the page's files and from the chat."""
