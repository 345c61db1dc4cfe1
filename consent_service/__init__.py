"""Kelisim: consent records, duties with dates, and erasure that is read back, for Kazakhstan law."""
