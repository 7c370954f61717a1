"""Fetching a page: where an address leads, calling there, and what a model reads of the answer."""
