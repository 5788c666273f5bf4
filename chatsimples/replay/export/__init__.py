"""A recorded chat in another format: a page, text, a table, a recording for asciinema."""
