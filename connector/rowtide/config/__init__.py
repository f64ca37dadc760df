"""Options, declared once: names, types, defaults, validators; validation, REST answers and docs derive from them."""
