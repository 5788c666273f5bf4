"""What is written to IRC clients: records, and the numerics of each family of answers."""
