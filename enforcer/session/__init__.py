"""The append-only record of a session: write, list, resume."""
