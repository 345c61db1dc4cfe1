"""What a document lacks against the law on personal data, clause by clause."""
