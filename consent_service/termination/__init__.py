"""The end of an operator: ordered by an owner, approved by another, everything of it destroyed and certified."""
