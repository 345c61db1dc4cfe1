"""What an operator owes, until when, by which article or clause."""
