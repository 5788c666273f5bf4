"""What a record says to a person: in words, times, lines and looks."""
