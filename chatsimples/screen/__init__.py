"""Text that other people typed, made safe for a terminal, and how it looks there."""
