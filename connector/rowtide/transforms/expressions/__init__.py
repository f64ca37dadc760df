"""The expression language of Filter and ContentBasedRouter: expressions in Python's syntax that can only look."""
