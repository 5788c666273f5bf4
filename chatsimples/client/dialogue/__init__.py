"""What a person sees of the chat: people, conversations, lines; without a terminal."""
