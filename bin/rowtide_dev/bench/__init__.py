"""The race against the reference: the same rows, server and broker, one side after the other."""
