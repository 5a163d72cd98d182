"""Files that are whole or absent, and JSON that is trusted in nothing."""

from __future__ import annotations

import errno
import json
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO

from ..errors import DataLossError, NotFoundError

TEMPORARY = ".tmp"


@contextmanager
def replacing(path: str) -> Iterator[str]:
    """Yields the name of a new file beside `path`, which takes its place at the end, on disk and all at once.

    Killed at any instant, `path` holds what it held before or what it holds afterwards. After an exception: as before.
    """
    temporary = f"{path}.{secrets.token_hex(8)}{TEMPORARY}"
    os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
    try:
        yield temporary
        _to_disk(temporary, os.O_RDWR)
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    if os.name == "posix":
        _to_disk(os.path.dirname(path) or ".", os.O_RDONLY)


def _to_disk(path: str, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_bytes(path: str, data: bytes) -> None:
    """Writes the whole file or nothing."""
    with replacing(path) as temporary, open(temporary, "wb") as file:
        file.write(data)


@contextmanager
def opened(path: str) -> Iterator[BinaryIO]:
    """The file at `path`, to be read.

    NotFoundError when there is none; DataLossError for what is no plain file, and for a link out of its own folder.
    """
    real = os.path.realpath(path)
    if os.path.dirname(real) != os.path.realpath(os.path.dirname(path) or "."):
        raise DataLossError(None, None, f"{path} is a link to {real}, outside of its folder, and is not followed")
    try:
        handle = os.open(real, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0))
    except (FileNotFoundError, NotADirectoryError):
        raise NotFoundError(None, None, f"there is no file {path}") from None
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        raise DataLossError(None, None, f"{path} is a link that leads nowhere") from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise DataLossError(None, None, f"{path} is no plain file")
    with os.fdopen(handle, "rb") as file:
        yield file


def read_bytes(path: str, most: int) -> bytes:
    """All of a file; raises as `opened` does, and DataLossError for more than `most` bytes."""
    with opened(path) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise DataLossError(None, None, f"{path} is larger than the {most} bytes that such a file may have")
    return data


def parsed(data: bytes, path: str) -> Any:
    """The JSON value that `data`, read from `path`, spells; DataLossError for what is none, or names a key twice."""
    try:
        return json.loads(data.decode(), object_pairs_hook=_unique, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise DataLossError(None, None, f"{path} is damaged, or was not written by samegraph: {error}") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out = dict(pairs)
    if len(out) != len(pairs):
        raise ValueError("a key is named twice")
    return out


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")
