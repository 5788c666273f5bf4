"""A recorded chat in another form: a page, text, a table, a recording for asciinema."""
