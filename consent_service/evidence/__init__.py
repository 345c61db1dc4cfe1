"""The check of all evidence: the ledger in itself, and the records against the ledger."""
