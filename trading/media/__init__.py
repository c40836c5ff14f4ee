"""The live picture of a sitting: doors, events and pages over kernel.media."""
