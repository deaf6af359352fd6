"""Where documents come from. A connector lists, fetches and acknowledges; it decides nothing.

What may not live here: what a document means, and any write to the ledger.
"""
