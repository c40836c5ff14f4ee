"""Security that does not go back: two people decide, money goes to its beneficiary."""
