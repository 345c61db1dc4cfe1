"""How the law counts: periods, the working calendar, the duties of the law.  Pure."""
