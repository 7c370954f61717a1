"""What `enforcer doctor` looks at: one file for each group, listed in `registry.py`."""
