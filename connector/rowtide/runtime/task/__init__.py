"""A task in a process of its own: the worker's side that starts and watches it, and the process itself."""
