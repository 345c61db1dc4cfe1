"""The ground everything stands on: time, ids, errors, keys, units of work.  No business nouns."""
