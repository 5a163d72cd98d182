"""What every program hands to those who run it: its graph by parts, its batches, what to measure at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Batch = Mapping[str, np.ndarray[Any, Any]]


@dataclass(frozen=True)
class Model:
    """A built graph. inputs: placeholders by their batch's keys. loss: what is reported, a scalar. train: one step.

    parameters: variables by name. gradients: of what `train` minimises, by parameter. draws: random tensors of a step that a
    hand-written twin is given, so that it computes with the same numbers. outputs: tensors for `Program.evaluate`.
    """

    graph: Any
    inputs: Mapping[str, Any]
    loss: Any
    train: Any
    init: Any
    parameters: Mapping[str, Any]
    gradients: Mapping[str, Any]
    draws: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)

    def feed(self, batch: Batch) -> dict[Any, Any]:
        """The feed of one batch."""
        return {tensor: batch[key] for key, tensor in self.inputs.items() if key in batch}


@dataclass(frozen=True)
class Table:
    """A table for the report: a title, column names, rows."""

    title: str
    columns: list[str]
    rows: list[list[Any]]


@dataclass(frozen=True)
class Program:
    """A training that is compared between frameworks.

    build(dtype): its graph, in the default graph. batches(steps): dicts of arrays by input name. twin: the name of its
    hand-written twins, "" for none. rate: the learning rate. finite: False where the program is known to run into NaN.
    evaluate(session, model) -> metrics. tables(session, model) -> tables of what was learnt. save(session, model, path): writes
    what was learnt as a file of its field. wide: it is also run in float64 on every backend.
    """

    name: str
    variant: str
    title: str
    steps: int
    rate: float
    build: Callable[[Any], Model]
    batches: Callable[[int], Iterator[Batch]]
    twin: str = ""
    finite: bool = True
    wide: bool = True
    evaluate: Callable[[Any, Model], dict[str, float]] = lambda session, model: {}
    tables: Callable[[Any, Model], list[Table]] = lambda session, model: []
    save: Callable[[Any, Model, Any], None] | None = None

    @property
    def key(self) -> str:
        return f"{self.name}-{self.variant}" if self.variant else self.name
