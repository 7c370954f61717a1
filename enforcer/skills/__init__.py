"""Find, read and scaffold skills."""
