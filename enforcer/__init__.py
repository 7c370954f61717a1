"""Enforcer: a terminal agent with two brains in one session."""

__version__ = "0.1.0"
