"""Single message transforms and the chain that applies them."""
