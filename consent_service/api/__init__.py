"""The HTTP API: parsing, one call, dumping.  What is decided is decided below."""
