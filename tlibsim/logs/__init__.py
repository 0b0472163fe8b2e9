"""Logs and captures of other people: read, compared, made into scenarios; pure."""
