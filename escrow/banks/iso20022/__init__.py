"""ISO 20022 XML: camt.054 and camt.052 in, pain.001 out, pain.002 in, over signed HTTP."""
