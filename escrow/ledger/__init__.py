"""Double entry: idempotent journals, append-only, zero-sum; it never refuses real money."""
