"""What a document lacks against the law, computed from its rules."""
