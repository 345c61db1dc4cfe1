"""Changes of a document and each person's standing towards them."""
