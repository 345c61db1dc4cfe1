"""Where an operator keeps people's data, as one description: what is found there, handed out, erased and read back."""
