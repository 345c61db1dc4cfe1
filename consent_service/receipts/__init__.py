"""Receipts: what a person keeps of a consent, as signed data and as paper, and what it proves."""
