"""The recorded commands, inferred from the records and put through the rules again."""
