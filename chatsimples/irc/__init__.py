"""IRC as a protocol: lines, capabilities, numerics, and what they mean in the chat. Nothing here does I/O."""
