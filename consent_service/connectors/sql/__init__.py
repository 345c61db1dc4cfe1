"""Databases of an operator: what is there now, which rows are a person's, what becomes of them, reading back."""
