"""What is done when its day has come: one run a slot, each item in a transaction of its own."""
