"""What runs on this worker: connector objects in threads, tasks in processes, and the statuses they write."""
