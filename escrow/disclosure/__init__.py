"""What of the money may be shown to officials, and since when."""
