"""The registers that an inspection asks for, and the inspection file."""
