"""What a person sees of the chat, without a terminal: conversations, people, unread messages."""
