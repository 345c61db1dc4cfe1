"""What public forms are protected by: rates from one network or to one address, and a proof of work.

Never in front of a withdrawal.
"""
