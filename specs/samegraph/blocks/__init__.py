"""Blocks: the graphs that cond, while_loop and scan hold inside one operation, their gradients, their loops in Python."""
