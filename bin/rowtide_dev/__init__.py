"""What bin/ is made of: real servers on free loopback ports, and the runs that use them (tests, quickstart)."""
