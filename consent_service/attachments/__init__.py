"""Files that people send: what they may be, found by their content, and nothing active in them."""
