"""Former answers brought in from files: read line by line, recorded in batches, each line once."""
