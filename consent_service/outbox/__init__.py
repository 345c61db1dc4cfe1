"""Messages owed to people, written in the transaction of their cause and delivered later."""
