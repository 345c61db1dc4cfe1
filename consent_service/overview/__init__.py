"""The figures that say whether all is well at an operator, and what each of them was on the days before."""
