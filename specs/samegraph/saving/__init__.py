"""What is written to disk and read back: whole files, arrays, checkpoints, graphs. Nothing read is ever executed."""
