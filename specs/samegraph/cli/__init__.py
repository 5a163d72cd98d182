"""The `samegraph` command."""

from __future__ import annotations

import sys


def main() -> None:
    """Runs the command; without its libraries says which pip line installs them."""
    try:
        from .app import app
    except ImportError as error:
        if error.name not in ("click", "rich"):
            raise
        sys.exit(f"the samegraph command needs {error.name}: pip install 'samegraph[cli]'")
    app()
