"""Open dates under another edition of the calendar: seen first, then moved by a decision, batch by batch."""
