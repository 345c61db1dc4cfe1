"""Runs of jobs: one a slot, with a record of each."""
