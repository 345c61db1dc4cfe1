"""Policies of operators: texts with numbered clauses, versions, rules as data."""
