"""Whether all was delivered, once and in order, and whether the figures can be believed."""
