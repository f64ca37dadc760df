"""A worker's place in its group: Connect's group protocol, the leader's assignors and the member itself."""
