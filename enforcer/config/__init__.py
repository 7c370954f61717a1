"""Settings from user, project, environment and flags; each value remembers where it came from."""
