"""tf.logging: Python's own logging, under the logger "tensorflow"."""

from __future__ import annotations

import logging as _logging
from typing import Any

from ._absent import absent

__all__ = [
    "DEBUG",
    "ERROR",
    "FATAL",
    "INFO",
    "WARN",
    "debug",
    "error",
    "fatal",
    "get_verbosity",
    "info",
    "log",
    "set_verbosity",
    "warn",
    "warning",
]

DEBUG, INFO, WARN, ERROR, FATAL = _logging.DEBUG, _logging.INFO, _logging.WARNING, _logging.ERROR, _logging.CRITICAL

_logger = _logging.getLogger("tensorflow")


def get_verbosity() -> int:
    """The least level that is shown (TF1: tf.logging.get_verbosity)."""
    return _logger.getEffectiveLevel()


def set_verbosity(v: int) -> None:
    """Shows messages of level `v` and above (TF1: tf.logging.set_verbosity)."""
    _logger.setLevel(v)


def log(level: int, msg: str, *args: Any, **kwargs: Any) -> None:
    _logger.log(level, msg, *args, **kwargs)


def debug(msg: str, *args: Any, **kwargs: Any) -> None:
    _logger.debug(msg, *args, **kwargs)


def info(msg: str, *args: Any, **kwargs: Any) -> None:
    _logger.info(msg, *args, **kwargs)


def warning(msg: str, *args: Any, **kwargs: Any) -> None:
    _logger.warning(msg, *args, **kwargs)


def error(msg: str, *args: Any, **kwargs: Any) -> None:
    _logger.error(msg, *args, **kwargs)


def fatal(msg: str, *args: Any, **kwargs: Any) -> None:
    _logger.critical(msg, *args, **kwargs)


warn = warning

__getattr__ = absent(__name__)
