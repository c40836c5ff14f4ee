"""The bank board: links before the lists, everything about listed lots after them."""
