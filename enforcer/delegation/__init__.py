"""A fresh agent pinned to the other lane: brief in, report out."""
