"""Who is admitted to which route: one table of the whole service.  What does not stand in it is refused."""
