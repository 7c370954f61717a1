"""User commands at life-cycle events, in the format of Claude Code; gives a Verdict."""
