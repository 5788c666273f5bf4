"""Text that other people typed, sanitized for a screen; its width, its styles and its colours."""
