"""python -m samegraph.cli: the same as the `samegraph` command."""

from . import main

main()
