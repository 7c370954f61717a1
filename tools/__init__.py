"""Tools of those who work on Enforcer; nothing here is packed."""
