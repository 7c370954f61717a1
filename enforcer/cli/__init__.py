"""One file per command; `build.py` is the only place where everything is wired."""
