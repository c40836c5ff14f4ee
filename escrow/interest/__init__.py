"""Interest on deposits: demand rate, day count and rounding as each bank's data."""
