"""What banks have booked on the sub-accounts, with payers sealed."""
