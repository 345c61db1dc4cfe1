"""The one road to deletion, whatever the cause."""
