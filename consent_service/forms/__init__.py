"""Forms of sites: what they ask, tokens of what was answered, how many saw and answered."""
