"""电子保函: a signed promise of an issuer in place of a deposit, from the list to its end."""
