"""Checkpoints by their prefix: variables by name and the random draws so far, in `prefix.index` and a file of arrays.

A TensorFlow checkpoint, which has the same two kinds of file, is read by what the TensorFlow adapter offers for it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from ..errors import DataLossError, NotFoundError, UnimplementedError
from ..types import DType, as_dtype
from . import bundle
from .files import opened
from .state_file import index_path, latest_checkpoint
from .tensors import Array

KIND, VERSION = "samegraph checkpoint", 1
READERS = "samegraph.checkpoint_readers"
_TABLE_MAGIC = bytes.fromhex("57fb808b247547db")  # ends the index of a TensorFlow checkpoint

Types = dict[str, tuple[str, tuple[int, ...]]]
Reading = tuple[Types, Callable[[str], Array]]


def write(prefix: str, variables: Mapping[str, Array], random: Mapping[str, Any]) -> None:
    """Writes a checkpoint: values by name, and the state of a session's random draws."""
    bundle.write(index_path(prefix), KIND, VERSION, {"random": random}, variables)


class _Source(Protocol):
    types: Types

    def arrays(self, names: Iterable[str]) -> dict[str, Array]: ...


class _Foreign:
    """A checkpoint that a framework's adapter reads."""

    def __init__(self, prefix: str, framework: str) -> None:
        self.types, self._read = _reader(framework)(prefix)

    def arrays(self, names: Iterable[str]) -> dict[str, Array]:
        return {n: self._read(n) for n in names}


def _reader(framework: str) -> Callable[[str], Reading]:
    from importlib.metadata import entry_points  # slow to import, and needed only for a framework's own files

    try:
        for entry in entry_points(group=READERS, name=framework):
            return entry.load()
        why = "no installed distribution offers to read it"
    except ImportError as error:
        why = f"{error}; `pip install 'samegraph[{framework}]'` installs its framework"
    raise UnimplementedError(None, None, f"this is a checkpoint of {framework}, and {why}")


class CheckpointReader:
    """The variables in a checkpoint (TF1: tf.train.NewCheckpointReader).

    filepattern: the checkpoint's prefix. Raises NotFoundError when there is none, DataLossError when it is damaged or
    foreign, UnimplementedError for a TensorFlow checkpoint where TensorFlow is not installed.
    """

    def __init__(self, filepattern: str) -> None:
        self.prefix = os.fspath(filepattern)
        self.random: dict[str, Any] | None = None
        self._source: _Source = self._open()

    def _open(self) -> _Source:
        path = index_path(self.prefix)
        try:
            with opened(path) as file:
                file.seek(max(0, os.fstat(file.fileno()).st_size - len(_TABLE_MAGIC)))
                ours = file.read() != _TABLE_MAGIC
        except NotFoundError:
            raise NotFoundError(
                None, None, f"Failed to find any matching files for {self.prefix}: there is no {path}"
            ) from None
        if not ours:
            return self._read_by("tensorflow")
        found = bundle.Bundle(path, KIND, VERSION)
        self.random = random_state(found.document.get("random"), path)
        return found

    def _read_by(self, framework: str) -> _Source:
        try:
            return _Foreign(self.prefix, framework)
        except (UnimplementedError, DataLossError):
            raise
        except Exception as error:
            raise DataLossError(
                None, None, f"{self.prefix}: {framework} cannot read its checkpoint: {_first_line(error)}"
            ) from error

    @property
    def types(self) -> Types:
        """dtype name and shape of every variable."""
        return self._source.types

    def arrays(self, names: Iterable[str]) -> dict[str, Array]:
        """The values of those names; NotFoundError for one that is absent, DataLossError for a damaged file."""
        names = list(names)
        for name in names:
            if name not in self.types:
                raise NotFoundError(None, None, f"Key {name} not found in checkpoint {self.prefix}")
        try:
            return self._source.arrays(names)
        except (NotFoundError, DataLossError):
            raise
        except Exception as error:
            raise DataLossError(None, None, f"{self.prefix} cannot be read: {_first_line(error)}") from error

    def has_tensor(self, name: str) -> bool:
        return name in self.types

    def get_tensor(self, name: str) -> Any:
        """The value of that name; NotFoundError when it is absent."""
        return self.arrays([name])[name]

    def get_variable_to_shape_map(self) -> dict[str, list[int]]:
        return {n: list(shape) for n, (_, shape) in self.types.items()}

    def get_variable_to_dtype_map(self) -> dict[str, DType]:
        return {n: as_dtype(dtype) for n, (dtype, _) in self.types.items()}

    def debug_string(self) -> bytes:
        rows = (f"{n} ({dtype}) {list(shape)}" for n, (dtype, shape) in sorted(self.types.items()))
        return "\n".join(rows).encode()


def random_state(state: Any, path: str) -> dict[str, Any]:
    """The state of random draws that a file holds; DataLossError when it is none."""
    try:
        good = 0 <= int(state["entropy"], 16) < 2**64
        good = good and all(type(n) is int and 0 <= n < 2**63 for n in state["counts"].values())
    except (AttributeError, KeyError, TypeError, ValueError):
        good = False
    if not good:
        raise DataLossError(None, None, f"{path} cannot be read: its random counters are no counters")
    return state


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).split("\n")[0]


def _prefix_of(ckpt_dir_or_file: str) -> str:
    path = os.fspath(ckpt_dir_or_file)
    if not os.path.isdir(path):
        return path
    found = latest_checkpoint(path)
    if found is None:
        raise ValueError(f"Couldn't find 'checkpoint' file or checkpoints in given directory {path}")
    return found


def load_checkpoint(ckpt_dir_or_file: str) -> CheckpointReader:
    """A reader of a checkpoint, or of a folder's latest; ValueError for a folder without (TF1: tf.train.load_checkpoint)."""
    return CheckpointReader(_prefix_of(ckpt_dir_or_file))


def load_variable(ckpt_dir_or_file: str, name: str) -> Any:
    """One value of a checkpoint; a name may end in ":0" (TF1: tf.train.load_variable)."""
    return load_checkpoint(ckpt_dir_or_file).get_tensor(name.removesuffix(":0"))


def list_variables(ckpt_dir_or_file: str) -> list[tuple[str, list[int]]]:
    """(name, shape) of every variable in a checkpoint, by name (TF1: tf.train.list_variables)."""
    return sorted(load_checkpoint(ckpt_dir_or_file).get_variable_to_shape_map().items())
