"""Money on its way back: one order per cause, one key for ever, never paid twice."""
