"""Taking consent back: dated, effective, refused with a bar, taken back, closed."""
