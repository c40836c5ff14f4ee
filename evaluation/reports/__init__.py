"""The committee's report: frozen facts, every member's signature, the sealed PDF (条例 53)."""
