"""tf.app: a program's main function and its flags."""

from __future__ import annotations

import sys as _sys
from collections.abc import Callable, Sequence
from typing import Any

from . import flags
from ._absent import absent

__all__ = ["flags", "run"]


def run(main: Callable[[list[str]], Any] | None = None, argv: Sequence[str] | None = None) -> None:
    """Parses the flags, runs main(the rest of argv), and exits with what it answers (TF1: tf.app.run).

    main: default, the function `main` of the program.
    """
    rest = flags.FLAGS(argv)
    _sys.exit((main or _sys.modules["__main__"].main)(rest))


__getattr__ = absent(__name__)
