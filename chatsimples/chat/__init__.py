"""What may happen in a chat, and what then did: commands, records and the rules between them. No I/O."""
