"""Running one program on every backend, and saying exactly where two differ."""
