"""What bin/ is made of: real servers on free loopback ports for tests and the quickstart, and the runs that use them."""
