"""Version 1 of the transcript, of which much has to be guessed: the commands behind its records."""
