"""Sub-accounts by token, verdicts as judgements apart from money, refunds to where it came from."""
