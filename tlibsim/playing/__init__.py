"""Playing the scenarios of a project: one by one, as runs of a server, and as a load."""
