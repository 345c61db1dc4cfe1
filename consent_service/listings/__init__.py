"""What is kept about lists: the views that somebody saved, and that a list was taken away as a file."""
