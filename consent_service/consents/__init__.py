"""What a person accepted, declined or is taken to have accepted; what may be done on it."""
