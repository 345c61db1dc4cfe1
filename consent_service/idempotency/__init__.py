"""The same key and body get the same answer, once."""
