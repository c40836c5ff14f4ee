"""A small RFC 3161 authority of our own, for demonstrations and tests; production names another."""
