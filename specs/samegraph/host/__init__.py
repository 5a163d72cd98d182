"""What runs on the host beside a step: Python functions, strings, messages, summaries, draws the backends lack."""
