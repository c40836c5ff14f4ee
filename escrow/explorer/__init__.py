"""From any figure down to the bank's raw bytes, as far as published lists allow."""
