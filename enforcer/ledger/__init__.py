"""One row per model request, kept in SQLite."""
