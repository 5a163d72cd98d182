"""How long does it take to save variables to a file, and to restore them? `tf.train.Saver` on every backend, against the
framework's own way and TensorFlow 1's Saver. `bytes` is what the variables hold.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from .conftest import Settings
from .entries import enter_row, played_back
from .opened import Opened, face
from .races import BACKENDS, IDIOM, SESSION, Key, Outcomes, Work

SAVER = "saver"
VERBS = ("save", "restore")
COLUMNS: list[Key] = [(backend, column) for backend in BACKENDS for column in (SAVER, IDIOM)]
COLUMNS.append(("tensorflow", SESSION))
_numbers = count()


def tables(rows: int) -> dict[str, np.ndarray[Any, Any]]:
    """Two tables and a vector, as word2vec has them."""
    rng = np.random.default_rng(0)
    shapes = {"embeddings": (rows, 128), "nce_weights": (rows, 128), "nce_biases": (rows,)}
    return {name: rng.standard_normal(shape, dtype=np.float32) for name, shape in shapes.items()}


def with_saver(values: dict[str, Any], verb: str, folder: Path, backend: str, column: str, device: str) -> Work:
    """The Saver of a session. What is restored is looked at, and what was saved is restored and looked at."""

    def build(tf: Any) -> tuple[dict[str, Any], Any]:
        made = {name: tf.Variable(tf.zeros(value.shape), name=name) for name, value in values.items()}
        return made, tf.train.Saver(max_to_keep=1)

    opened = Opened(build, backend, column, device)
    variables, saver = opened.parts
    session, path = opened.session, str(folder / f"{backend}-{next(_numbers)}")
    with opened.graph.as_default():
        for name, variable in variables.items():
            variable.load(values[name], session)
        written = saver.save(session, path)
        initialize = face(column).global_variables_initializer()

    def right(_: Any) -> None:
        if verb == "save":
            session.run(initialize)
            restore()
        for name, value in session.run(variables).items():
            np.testing.assert_array_equal(value, values[name])

    def save() -> None:
        with opened.graph.as_default():
            saver.save(session, path, write_meta_graph=False)

    def restore() -> None:
        with opened.graph.as_default():
            saver.restore(session, written)

    if verb == "restore":
        session.run(initialize)
    return Work(save if verb == "save" else restore, right, session.close, {"bytes": _size(values)})


def _size(values: dict[str, Any]) -> int:
    return sum(value.nbytes for value in values.values())


def by_hand(values: dict[str, Any], verb: str, folder: Path, backend: str, device: str) -> Work:
    """The framework's own: numpy.savez for NumPy and JAX, torch.save, tf.train.Checkpoint."""
    path = folder / f"{backend}-{next(_numbers)}"
    save, restore = {"torch": _torch, "tensorflow": _tensorflow}.get(backend, partial(_savez, backend))(
        values, path, device
    )
    save()

    def right(_: Any) -> None:
        for name, value in restore().items():
            np.testing.assert_array_equal(np.asarray(value), values[name])

    return Work(save if verb == "save" else restore, right, known={"bytes": _size(values)})


Verbs = tuple[Callable[[], Any], Callable[[], dict[str, Any]]]


def _savez(backend: str, values: dict[str, Any], path: Path, device: str) -> Verbs:
    file, there, back = path.with_suffix(".npz"), values, lambda value: value
    if backend == "jax":
        import jax

        place = jax.devices(device.partition(":")[0])[0]
        back = partial(jax.device_put, device=place)
        there = {name: jax.device_put(value, place) for name, value in values.items()}

    def save() -> None:
        np.savez(file, **{name: np.asarray(value) for name, value in there.items()})

    def restore() -> dict[str, Any]:
        with np.load(file) as stored:
            return {name: back(stored[name]) for name in stored.files}

    return save, restore


def _torch(values: dict[str, Any], path: Path, device: str) -> Verbs:
    import torch

    place = device.replace("gpu", "cuda")
    there = {name: torch.from_numpy(value).to(place) for name, value in values.items()}

    def restore() -> dict[str, Any]:
        loaded = torch.load(path, map_location=place)
        for name, value in loaded.items():
            there[name].copy_(value)
        return {name: value.cpu() for name, value in there.items()} if place != "cpu" else there

    return lambda: torch.save(there, path), restore


def _tensorflow(values: dict[str, Any], path: Path, device: str) -> Verbs:
    import tensorflow as tf

    with tf.device("/" + device.upper()):
        there = {name: tf.Variable(value) for name, value in values.items()}
    checkpoint = tf.train.Checkpoint(**there)

    def restore() -> dict[str, Any]:
        checkpoint.read(str(path)).assert_consumed()
        return there

    return lambda: checkpoint.write(str(path)), restore


@pytest.fixture(scope="module", params=VERBS)
def raced(
    request: pytest.FixtureRequest, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Outcomes]:
    """The verb, and what became of the columns."""
    folder, verb = tmp_path_factory.mktemp("checkpoints"), request.param
    values = tables(10_000 if settings.quick else 100_000)
    makers: dict[Key, Callable[[], Work]] = {}
    for backend, column in COLUMNS:
        saver = partial(with_saver, values, verb, folder, backend, column, settings.device)
        own = partial(by_hand, values, verb, folder, backend, settings.device)
        makers[backend, column] = own if column == IDIOM else saver
    return verb, settings.race(makers, settings.once)


@played_back
@pytest.mark.parametrize(("backend", "column"), COLUMNS)
def test_checkpoint(benchmark: Any, settings: Settings, raced: tuple[str, Outcomes], backend: str, column: str) -> None:
    verb, outcomes = raced
    against: dict[str, Key] = {SESSION: ("tensorflow", SESSION)}
    if column != SESSION:
        against[IDIOM] = (backend, IDIOM)
    enter_row(benchmark, outcomes, (backend, column), settings.about(question=f"checkpoint, {verb}"), against)
