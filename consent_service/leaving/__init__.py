"""What an operator takes along when it leaves: everything that is kept of it, as one signed ZIP."""
