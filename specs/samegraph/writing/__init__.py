"""How a program gets its source: what it needs, the names it uses, and who writes which operation."""
