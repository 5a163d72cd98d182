"""Sessions as machinery: threads, and runs that cost what they touch."""

from __future__ import annotations

import gc
import threading
import time
import tracemalloc
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest
import samegraph.tf1 as tf
from samegraph.backend import available
from samegraph.graph import Graph
from samegraph.session import Session


@pytest.fixture(autouse=True)
def graph():
    with Graph().as_default() as g:
        yield g


def counting(rows: int = 1) -> tuple[Any, Any, Any]:
    """What is fed, a train op that subtracts it from a variable, and the sum of what the variable was."""
    x = tf.placeholder(tf.float32, [rows], name="x")
    total = tf.Variable(tf.zeros([rows]), name="total")
    return x, tf.assign_sub(total, x), tf.reduce_sum(total)


def started(**options: Any) -> Session:
    s = Session(backend=options.pop("backend", "numpy"), **options)
    s.run(tf.global_variables_initializer())
    return s


# Threads ------------------------------------------------------------------------------------------------------------------


OTHERS = [pytest.param(n, marks=pytest.mark.thorough) for n in available() if n != "numpy" and find_spec(n)]


def in_threads(session: Session, train: Any, total: Any, x: Any, seconds: float, count: int) -> tuple[int, list[Any]]:
    """How many steps so many threads made together; each step adds 1, and answers what was before or after it."""
    errors: list[Any] = []
    made = [0] * count
    stop = time.perf_counter() + seconds
    double = session.make_callable(x * 2.0, [x])

    def work(k: int) -> None:
        feed = np.full(1, -1, np.float32)
        own = np.full(1, k, np.float32)
        try:
            while time.perf_counter() < stop:
                session.run(train, {x: feed})
                made[k] += 1
                if double(own) != 2 * k:
                    errors.append(f"thread {k} was given another thread's answer")
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(k,), daemon=True) for k in range(count)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(seconds + 60)
    assert not any(t.is_alive() for t in threads), "threads wait for each other"
    return sum(made), errors


@pytest.mark.parametrize("backend", ["numpy", *OTHERS])
@pytest.mark.parametrize("seconds", [1.0, pytest.param(60.0, marks=pytest.mark.thorough)])
def test_eight_threads_share_a_session(backend: str, seconds: float):
    x, train, total = counting()
    s = started(backend=backend)
    made, errors = in_threads(s, train.op, total, x, seconds, 8)
    assert not errors
    assert made > 100 and s.run(total) == min(made, 2.0**24)


@pytest.mark.thorough
@pytest.mark.parametrize("backend", ["numpy", *OTHERS])
@pytest.mark.parametrize(("size", "share"), [(1, 0.4), (1500, 0.9)])
def test_eight_threads_make_as_many_steps_as_one_nearly(backend: str, size: int, share: float):
    """size: of a product of matrices beside the step; the great one takes over a millisecond."""
    x = tf.placeholder(tf.float32, [1], name="x")
    total = tf.Variable(tf.zeros([1]))
    square = tf.constant(np.ones([size, 300], np.float32))
    train = tf.group(
        tf.assign_sub(total, x),
        tf.assign(tf.Variable(tf.zeros([size, size])), tf.matmul(square, square, transpose_b=True)),
    )
    s = started(backend=backend)
    rates = {1: [], 8: []}
    for _ in range(5):
        for count, found in rates.items():
            found.append(in_threads(s, train, total, x, 2.0, count)[0])
    assert np.median(rates[8]) >= share * np.median(rates[1]), rates


# Large graphs and long runs -----------------------------------------------------------------------------------------------


def chain(count: int) -> tuple[Any, Any, Any]:
    """What is fed, what its first operation makes of it, and the gradient through `count` operations."""
    x = tf.placeholder(tf.float32, [8], name="x")
    w = tf.Variable(tf.ones([8]))
    first = y = x * w
    for _ in range(count // 2):
        y = tf.tanh(y + x)
    return x, first, tf.gradients(y, [w])[0]


def seconds_to_run(count: int) -> float:
    """Of this thread: building the graph, its gradient and the program, and one run."""
    start = time.thread_time()
    with Graph().as_default():
        x, _, gradient = chain(count)
        started().run(gradient, {x: np.ones(8, np.float32)})
    return time.thread_time() - start


@pytest.mark.parametrize("count", [150, pytest.param(12_500, marks=pytest.mark.thorough)])
def test_building_and_planning_are_linear(count: int):
    seconds_to_run(100)
    small, large = (min(seconds_to_run(n) for _ in range(3)) for n in (count, 8 * count))
    assert large < 16 * small


@pytest.mark.parametrize("count", [2_000, pytest.param(100_000, marks=pytest.mark.thorough)])
def test_a_small_fetch_of_a_large_graph_costs_what_it_does_in_a_small_one(count: int):
    feed = np.ones(8, np.float32)
    runs = []
    for size in (2, count):
        with Graph().as_default():
            x, first, _ = chain(size)
            s = started()
            runs.append((s, first, {x: feed}))
    times: list[list[float]] = [[], []]
    for _ in range(41):
        for (s, first, fed), found in zip(runs, times, strict=True):
            start = time.thread_time()
            for _ in range(100):
                s.run(first, fed)
            found.append(time.thread_time() - start)
    small, large = map(np.median, times)
    assert large < 1.5 * small


def bytes_held(steps: int, s: Session, fetches: Any, feed: Any) -> int:
    for _ in range(steps):
        s.run(fetches, feed)
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


@pytest.mark.parametrize("steps", [300, pytest.param(100_000, marks=pytest.mark.thorough)])
def test_memory_is_flat(steps: int):
    """After the first steps nothing is held that was not held before, random draws and failing steps included."""
    x = tf.placeholder(tf.float32, [None, 4], name="x")
    w = tf.Variable(tf.ones([4, 1]))
    loss = tf.reduce_mean(tf.square(tf.matmul(x, w) + tf.random_normal([1])))
    train = tf.train.AdamOptimizer(0.01).minimize(loss)
    s = started()
    feed = {x: np.ones([3, 4], np.float32)}
    tracemalloc.start()
    try:
        before = bytes_held(200, s, [train, loss], feed)
        after = bytes_held(steps, s, [train, loss], feed)
    finally:
        tracemalloc.stop()
    assert after - before < 20_000
