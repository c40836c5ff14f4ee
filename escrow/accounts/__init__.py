"""The life of one sub-account, from its opening at the bank to its last yuan."""
