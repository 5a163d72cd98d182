"""Blocks: the graphs that cond, while_loop and scan hold inside one operation, their gradients and their source."""
