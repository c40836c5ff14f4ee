"""The offline check of a published lot: `python -m verifier BUNDLE`.

Of this project it imports only `kernel.pure` and rules, so that it trusts nothing it checks.
Steps and bundle: docs/sealed-bid-envelope.md, docs/evaluation-bundle.md.
"""
