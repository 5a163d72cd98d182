"""What does handing data over cost? The same matrix product of a batch that is fed with each run, and of one whose rows are
picked, by fed ids, out of data that lie on the device already. `bytes` says how much each run hands over.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from .conftest import Settings
from .entries import enter_row, played_back
from .opened import Opened
from .races import BACKENDS, IDIOM, SESSION, Key, NotHere, Outcomes, Work

FED, RESIDENT = "fed", "on the device"
WIDTH = 256
SIZES = {"4 KiB": 4, "1 MiB": 1024, "16 MiB": 16_384}
"""Rows of a batch, whose row takes one KiB."""
QUICK_SIZES = ("4 KiB", "1 MiB")
TIMES = 4
"""How many batches the data on the device hold."""
COLUMNS: list[Key] = []
for _backend in BACKENDS:
    COLUMNS += [(_backend, column) for column in (FED, RESIDENT, IDIOM)]
COLUMNS += [("tensorflow", f"{SESSION}, {column}") for column in (FED, RESIDENT)]


_JAX_NEEDS, _BESIDE = 64, 16
"""JAX shares memory at a multiple of so many bytes and copies all other. NumPy's arrays lie at multiples of 16, so three of four
are copied. Which of them the batch is must not be left to chance: it lies so many bytes past such a place, as most do.
"""


def _placed(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """A copy that lies where JAX does not share it."""
    memory = np.empty(array.nbytes + 2 * _JAX_NEEDS, np.uint8)
    start = -memory.__array_interface__["data"][0] % _JAX_NEEDS + _BESIDE
    copy = memory[start : start + array.nbytes].view(array.dtype).reshape(array.shape)
    np.copyto(copy, array)
    return copy


class Data:
    """data [TIMES * rows, WIDTH], the ids of a batch, the batch itself, weights [WIDTH, 1], and the right answer."""

    def __init__(self, rows: int) -> None:
        rng = np.random.default_rng(0)
        self.data = rng.standard_normal((TIMES * rows, WIDTH), dtype=np.float32)
        self.ids = rng.integers(0, TIMES * rows, rows).astype(np.int32)
        self.batch = _placed(self.data[self.ids])
        self.weights = rng.standard_normal((WIDTH, 1), dtype=np.float32)
        self.answer = (self.batch.astype(np.float64) @ self.weights).astype(np.float64)

    def right(self, answer: Any) -> None:
        np.testing.assert_allclose(np.asarray(answer), self.answer.mean(), rtol=1e-3, atol=1e-3)


def product(tf: Any, shared: Data, resident: bool) -> tuple[Any, Any]:
    """The placeholder, and the mean of the product."""
    weights = tf.constant(shared.weights)
    if not resident:
        x = tf.placeholder(tf.float32, [None, WIDTH], name="x")
        return x, tf.reduce_mean(tf.matmul(x, weights))
    ids = tf.placeholder(tf.int32, [None], name="ids")
    data = tf.Variable(tf.zeros(shared.data.shape), trainable=False, name="data")
    return ids, (tf.reduce_mean(tf.matmul(tf.gather(data, ids), weights)), data)


def in_session(shared: Data, backend: str, column: str, device: str) -> Work:
    """`session.run` of the product."""
    resident = column.endswith(RESIDENT)
    opened = Opened(partial(product, shared=shared, resident=resident), backend, column, device)
    placeholder, answer = opened.parts
    session, value = opened.session, shared.ids if resident else shared.batch
    if resident:
        answer, variable = answer
        with opened.graph.as_default():
            variable.load(shared.data, session)
    return Work(
        lambda: session.run(answer, {placeholder: value}),
        shared.right,
        session.close,
        {"bytes": value.nbytes},
    )


def by_hand(shared: Data, backend: str, device: str) -> Work:
    """The same of a fed batch in the framework itself."""
    step = _STEPS[backend](shared.weights, device)
    return Work(lambda: step(shared.batch), shared.right, known={"bytes": shared.batch.nbytes})


def _numpy(weights: Any, device: str) -> Callable[[Any], Any]:
    if device != "cpu":
        raise NotHere("NumPy computes on the CPU only")
    return lambda batch: float((batch @ weights).mean())


def _torch(weights: Any, device: str) -> Callable[[Any], Any]:
    import torch

    place = device.replace("gpu", "cuda")
    there = torch.from_numpy(weights).to(place)

    def step(batch: Any) -> float:
        with torch.no_grad():
            return (torch.from_numpy(batch).to(place) @ there).mean().item()

    return step


def _jax(weights: Any, device: str) -> Callable[[Any], Any]:
    import jax

    place = jax.devices(device.partition(":")[0])[0]
    there = jax.device_put(weights, place)
    compiled = jax.jit(lambda x, w: (x @ w).mean())
    return lambda batch: float(compiled(batch, there).item())


def _tensorflow(weights: Any, device: str) -> Callable[[Any], Any]:
    import tensorflow as tf

    with tf.device("/" + device.upper()):
        there = tf.constant(weights)
    compiled = tf.function(lambda x: tf.reduce_mean(tf.matmul(x, there)), autograph=False, jit_compile=True)

    def step(batch: Any) -> float:
        with tf.device("/" + device.upper()):
            return float(compiled(tf.constant(batch)))

    return step


_STEPS = {"numpy": _numpy, "torch": _torch, "jax": _jax, "tensorflow": _tensorflow}


@pytest.fixture(scope="module", params=[*QUICK_SIZES, pytest.param("16 MiB", marks=pytest.mark.full)])
def raced(request: pytest.FixtureRequest, settings: Settings) -> tuple[str, Outcomes]:
    """The batch's size, and what became of the columns."""
    shared, device = Data(SIZES[request.param]), settings.device
    makers: dict[Key, Callable[[], Work]] = {}
    for backend, column in COLUMNS:
        by_session = partial(in_session, shared, backend, column, device)
        makers[backend, column] = partial(by_hand, shared, backend, device) if column == IDIOM else by_session
    return request.param, settings.race(makers)


@played_back
@pytest.mark.parametrize(("backend", "column"), COLUMNS)
def test_feeding(benchmark: Any, settings: Settings, raced: tuple[str, Outcomes], backend: str, column: str) -> None:
    size, outcomes = raced
    where = RESIDENT if column.endswith(RESIDENT) else FED
    against: dict[str, Key] = {SESSION: ("tensorflow", f"{SESSION}, {where}")}
    if column != IDIOM and where == FED:
        against[IDIOM] = (backend, IDIOM)
    if column == RESIDENT:
        against[FED] = (backend, FED)
    enter_row(benchmark, outcomes, (backend, column), settings.about(question=f"feeding {size}"), against)
