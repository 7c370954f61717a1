"""Readers of events and answerers of questions."""
