"""The database server that is read: connections, and what it says of itself. The only place that imports its driver."""
