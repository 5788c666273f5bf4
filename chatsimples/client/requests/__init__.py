"""What a person or a program asks for: lines become actions, actions become commands."""
