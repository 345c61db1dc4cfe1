"""Operators: the tenants, their sites, credentials and staff."""
