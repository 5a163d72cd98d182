"""tf.app.flags: command-line flags, declared by DEFINE_..., read from FLAGS."""

from __future__ import annotations

import sys as _sys
from collections.abc import Iterator, Sequence
from typing import Any

from ._absent import absent

__all__ = [
    "FLAGS",
    "DEFINE_bool",
    "DEFINE_boolean",
    "DEFINE_enum",
    "DEFINE_float",
    "DEFINE_integer",
    "DEFINE_list",
    "DEFINE_string",
]


class _Flags:
    """The flags declared so far; the first one read parses the command line (TF1: tf.app.flags.FLAGS).

    AttributeError for a flag that was not declared.
    """

    _declared: dict[str, dict[str, Any]]
    _set: dict[str, Any]
    _values: dict[str, Any] | None

    def __init__(self) -> None:
        self.__dict__.update(_declared={}, _set={}, _values=None)

    def __call__(self, argv: Sequence[str] | None = None, known_only: bool = False) -> list[str]:
        """Parses `argv` (its first item is the program's name); returns what is no flag, the name first."""
        given = list(_sys.argv if argv is None else argv)
        values, rest = self._parser().parse_known_args(given[1:])
        self.__dict__["_values"] = vars(values) | self._set
        return [*given[:1], *rest]

    def _parser(self) -> Any:
        import argparse

        parser = argparse.ArgumentParser(allow_abbrev=False)
        for name, how in self._declared.items():
            parser.add_argument(f"--{name}", dest=name, **how)
            if how.get("const"):
                parser.add_argument(
                    f"--no{name}", dest=name, action="store_false", default=argparse.SUPPRESS, help=argparse.SUPPRESS
                )
        return parser

    def _declare(self, name: str, **how: Any) -> None:
        self._declared[name] = how
        self.__dict__["_values"] = None

    def flag_values_dict(self) -> dict[str, Any]:
        """All flags by name (TF1: tf.app.flags.FLAGS.flag_values_dict)."""
        if self._values is None:
            self()
        return dict(self._values or {})

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        values = self.flag_values_dict()
        if name not in values:
            raise AttributeError(f"no flag {name!r} was declared; declared: {', '.join(sorted(values)) or 'none'}")
        return values[name]

    def __setattr__(self, name: str, value: Any) -> None:
        self._set[name] = value
        if self._values is not None:
            self._values[name] = value

    def __getitem__(self, name: str) -> Any:
        return getattr(self, name)

    def __contains__(self, name: str) -> bool:
        return name in self.flag_values_dict()

    def __iter__(self) -> Iterator[str]:
        return iter(self.flag_values_dict())


FLAGS = _Flags()


def _declare(name: str, default: Any, help: str | None, **how: Any) -> None:
    FLAGS._declare(name, default=default, help=(help or "").replace("%", "%%"), **how)


def DEFINE_string(name: str, default: str | None, help: str | None) -> None:
    """Declares a flag that holds text (TF1: tf.app.flags.DEFINE_string)."""
    _declare(name, default, help, type=str)


def DEFINE_integer(name: str, default: int | None, help: str | None) -> None:
    """Declares a flag that holds an integer (TF1: tf.app.flags.DEFINE_integer)."""
    _declare(name, default, help, type=int)


def DEFINE_float(name: str, default: float | None, help: str | None) -> None:
    """Declares a flag that holds a number (TF1: tf.app.flags.DEFINE_float)."""
    _declare(name, default, help, type=float)


def DEFINE_boolean(name: str, default: bool | None, help: str | None) -> None:
    """Declares a flag that is true, --name or --name=true, or false, --noname or --name=false (TF1: tf.app.flags.DEFINE_boolean)."""
    _declare(name, default, help, type=_truth, nargs="?", const=True)


DEFINE_bool = DEFINE_boolean


def _truth(text: str) -> bool:
    if text.lower() in ("true", "t", "1", "yes", "y"):
        return True
    if text.lower() in ("false", "f", "0", "no", "n"):
        return False
    raise ValueError(f"a boolean flag is true or false, got {text!r}")


def DEFINE_enum(name: str, default: str | None, enum_values: Sequence[str], help: str | None) -> None:
    """Declares a flag that holds one of `enum_values` (TF1: tf.app.flags.DEFINE_enum)."""
    _declare(name, default, help, type=str, choices=list(enum_values))


def DEFINE_list(name: str, default: Any, help: str | None) -> None:
    """Declares a flag that holds texts, separated by commas (TF1: tf.app.flags.DEFINE_list)."""
    _declare(name, _texts(default) if isinstance(default, str) else default, help, type=_texts)


def _texts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")] if text else []


__getattr__ = absent(__name__)
