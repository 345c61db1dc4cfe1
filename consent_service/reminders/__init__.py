"""Reminding whoever is in charge: before a day, on it, and for as long as something is late."""
