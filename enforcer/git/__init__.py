"""The repository's side: hooks, receipts, verification."""
