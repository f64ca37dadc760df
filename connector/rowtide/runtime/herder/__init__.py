"""Decides, on one thread, what this worker runs and what the cluster's topics say."""
