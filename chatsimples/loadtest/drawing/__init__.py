"""HTML and SVG: plots, their scales and their letters."""
