"""Where a prompt belongs, the one question, the switch and its handoff."""
