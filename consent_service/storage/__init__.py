"""How long data may be kept and what is then done: by the document, the law and the operator's own schedule."""
