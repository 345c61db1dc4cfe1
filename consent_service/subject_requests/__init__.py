"""What people ask of an operator: received, identified, decided, answered in time, closed."""
