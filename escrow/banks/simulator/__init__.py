"""A bank that is not one: its own process and book, for the demonstration and for tests."""
