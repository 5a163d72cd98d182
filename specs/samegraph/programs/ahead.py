"""Work done ahead in a thread, so that the next batch is ready when a step ends."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Generic, TypeVar

T = TypeVar("T")
_WAKES = 0.1  # seconds: how late the thread hears that it should end, and the main thread that Ctrl-C was pressed


class Ahead(Generic[T]):
    """The items of an iterable, made in a thread up to `depth` of them ahead of who takes them.

    What the iterable raises, the taker raises, after the items made before it. Leaving the `with` block ends the thread,
    also when it waits for room, whatever ended the block.
    """

    def __init__(self, items: Iterable[T], depth: int = 2) -> None:
        self._items = items
        self._queue: queue.Queue[tuple[T | None, BaseException | None]] = queue.Queue(depth)
        self._leaving = threading.Event()
        self._thread = threading.Thread(target=self._make, name="samegraph-ahead", daemon=True)

    def __enter__(self) -> Ahead[T]:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._leaving.set()
        self._thread.join()

    def __iter__(self) -> Iterator[T]:
        while True:
            try:
                item, ended = self._queue.get(timeout=_WAKES)
            except queue.Empty:
                continue
            if isinstance(ended, StopIteration):
                return
            if ended is not None:
                raise ended
            yield item  # type: ignore[misc]  # an item, for nothing ended

    def _make(self) -> None:
        end: BaseException = StopIteration()
        try:
            for item in self._items:
                if not self._put((item, None)):
                    return
        except BaseException as error:  # the taker's to raise, KeyboardInterrupt too
            end = error
        self._put((None, end))

    def _put(self, what: tuple[T | None, BaseException | None]) -> bool:
        """Whether there was room before the taker left."""
        while not self._leaving.is_set():
            try:
                self._queue.put(what, timeout=_WAKES)
                return True
            except queue.Full:
                pass
        return False
