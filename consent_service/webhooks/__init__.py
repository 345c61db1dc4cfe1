"""Events that an operator's own systems are told of, at addresses that it names."""
