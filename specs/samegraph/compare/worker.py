"""A process that trains: `python -m samegraph.compare.worker`, which reads the path of a job, a line each, until there are no more.

A job is a column of one backend, or one reference. Prints one line of JSON an event: a column's result when it has one, and
"done" after each job. What a job raises ends the process.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from pathlib import Path
from typing import Any

import samegraph.tf1 as tf

from ..backend import load as load_backend
from ..programs import catalog, towers
from ..programs.model import Program
from ..session import Session
from . import reference as references
from .branches import judged_along_branches
from .judging import AGREE, AGREE_NONFINITE, DIFFER, NO_SUCH_COLUMN, NOT_RUN, judged
from .locate import first_difference, first_nonfinite
from .one_step import EachStep
from .recording import GraphRunner, Recording, Runner, record
from .reference import FLOAT64_BOUND, Reference, batch_with_draws

MARK = "samegraph-event "


def emit(**event: Any) -> None:
    from .storage import _strict

    print(MARK + json.dumps(_strict(event)), flush=True)


class _Job:
    def __init__(self, description: dict[str, Any]) -> None:
        self.name: str = description["backend"]
        self.device: str | None = description["device"]
        self.columns: list[str] = description["columns"]
        self.folder = Path(description["folder"])
        self.steps: int | None = description["steps"]
        self.idioms: str | None = description["idioms"]
        self.embeddings = Path(description["embeddings"]) if description["embeddings"] else None
        self.backend = load_backend(self.name)
        self.programs = [p for p in catalog.programs(None, description["corpus"]) if p.key in description["programs"]]
        self.towers: bool = description["towers"]

    def run(self) -> None:
        for program in self.programs:
            reference = references.load(self.folder / f"{program.key}.safetensors")
            for column in self.columns:
                self._column(program, column, reference)
        if self.towers:
            self._sharing()

    def _column(self, program: Program, column: str, reference: Reference) -> None:
        steps = self.steps or program.steps
        started = time.perf_counter()
        about = {"program": program.key, "backend": self.name, "column": column}
        try:
            if column == "idiom":
                result = self._idiom(program, reference, steps)
            else:
                result = self._graph(program, column, reference, steps)
        except Exception as error:
            result = {"verdict": DIFFER, "reason": f"{type(error).__name__}: {error}", "comparisons": 0}
        result.update(seconds=time.perf_counter() - started, version=self.backend.version, device=self.device or "cpu")
        emit(event="result", **about, result=result)

    def _graph(self, program: Program, route: str, reference: Reference, steps: int) -> dict[str, Any]:
        if route == "native" and self.backend.value_and_vjp is None:
            return {"verdict": NO_SUCH_COLUMN, "comparisons": 0}
        runner = GraphRunner(program, self.name, route, tf.float32, reference.recording.initial, self.device)
        result, _ = self._judged(runner, program, route, reference, steps)
        if result["verdict"] == AGREE:
            result["metrics"] = program.evaluate(runner.session, runner.model)
            result["tables"] = [vars(t) for t in program.tables(runner.session, runner.model)]
            if program.save is not None and self.embeddings is not None and not self.embeddings.exists():
                program.save(runner.session, runner.model, self.embeddings)
        runner.close()
        self._say_where(program, route, reference, steps, result)
        if (self.name, route) == references.MADE_BY:
            result["float64"] = {"verdict": NOT_RUN, "reason": "in float64 this column is the reference itself"}
        elif program.wide and result["verdict"] == AGREE:
            self._in_float64(program, route, reference, steps, result)
        return result

    def _in_float64(
        self, program: Program, route: str, reference: Reference, steps: int, result: dict[str, Any]
    ) -> None:
        runner = GraphRunner(program, self.name, route, tf.float64, reference.recording.initial, self.device)
        wide = judged(self._recorded(runner, program, f"{route} float64", reference, steps), reference, FLOAT64_BOUND)
        runner.close()
        result["float64"] = {
            "verdict": wide["verdict"],
            "distance": max((d for d in wide["distance"] if d is not None), default=0.0),
            "bound": FLOAT64_BOUND,
        }
        result["comparisons"] += wide["comparisons"]
        result["at_rest"] += wide["at_rest"]
        result["sunk"]["numbers"] += wide["sunk"]["numbers"]
        if wide["verdict"] != AGREE:
            result.update(verdict=DIFFER, reason=f"in float64: {wide['reason']}")

    def _say_where(
        self, program: Program, route: str, reference: Reference, steps: int, result: dict[str, Any]
    ) -> None:
        """Names the first tensor that differs, or that is not finite."""
        step, initial = result.get("first_step"), reference.recording.initial
        if step is None:
            return
        if result["verdict"] == AGREE_NONFINITE:
            own = first_nonfinite(program, self.name, route, "float32", initial, step, steps)
            ours = first_nonfinite(program, "numpy", "rules", "float64", initial, step, steps)
            result["nonfinite"] = own
            if (own or {}).get("tensor") != (ours or {}).get("tensor"):
                result.update(
                    verdict=DIFFER,
                    reason=f"first not finite: {(own or {}).get('tensor')}, in the reference {(ours or {}).get('tensor')}",
                )
        elif result["verdict"] == DIFFER:
            for earlier in range(step + 1):
                found = first_difference(program, self.name, route, "float32", initial, earlier, steps)
                if found or earlier >= 3:
                    break
            result["first_difference"] = found or first_difference(
                program, self.name, route, "float32", initial, step, steps
            )

    def _idiom(self, program: Program, reference: Reference, steps: int) -> dict[str, Any]:
        if not program.twin or self.idioms is None:
            why = (
                "this program has no hand-written twin"
                if not program.twin
                else "the hand-written twins live in benchmarks/ of the source tree; give --idioms"
            )
            return {"verdict": NOT_RUN, "reason": why, "comparisons": 0}
        sys.path.insert(0, self.idioms)
        try:
            idioms = importlib.import_module("idioms")
        finally:
            sys.path.remove(self.idioms)
        if self.name not in idioms.FRAMEWORKS:
            return {"verdict": NO_SUCH_COLUMN, "comparisons": 0}
        device = (self.device or "cpu").replace("gpu", "cuda")
        start = {n: a.astype("float32") for n, a in reference.recording.initial.items()}
        twin = idioms.load(self.name, program.twin, start, rate=program.rate, dtype="float32", device=device)
        result, own = self._judged(_Twin(twin, reference), program, "idiom", reference, steps)
        twin.close()
        if result["verdict"] == AGREE_NONFINITE:
            result["nonfinite"] = {"step": own.stopped, "tensor": "loss", "operation": "", "line": "", "advice": ""}
        return result

    def _judged(
        self, runner: Runner, program: Program, column: str, reference: Reference, steps: int
    ) -> tuple[dict[str, Any], Recording]:
        watcher = reference.watcher(program)
        try:
            own = self._recorded(runner, program, column, reference, steps, watcher)
            return judged_along_branches(own, reference, program, steps, watcher), own
        finally:
            watcher.close()

    def _recorded(
        self,
        runner: Runner,
        program: Program,
        column: str,
        reference: Reference,
        steps: int,
        watcher: EachStep | None = None,
    ) -> Recording:
        told = [0.0]

        def tell(done: int) -> None:
            now = time.perf_counter()
            if now - told[0] > 0.2 or done == steps:
                told[0] = now
                emit(event="progress", program=program.key, backend=self.name, column=column, step=done, steps=steps)

        return record(runner, program.batches(steps), steps, reference.keep, tell, watcher=watcher)

    def _sharing(self) -> None:
        for route in [c for c in self.columns if c != "idiom"]:
            if route == "native" and self.backend.value_and_vjp is None:
                continue

            def session(graph: Any, route: str = route) -> Session:
                return Session(graph=graph, backend=self.name, gradients=route, device=self.device)

            for row in towers.compare(session):
                emit(event="sharing", row={"backend": self.name, "column": route, **row})


class _Twin:
    """A twin that is handed, beside each batch, the random numbers the graph drew at that step."""

    def __init__(self, twin: Any, reference: Reference) -> None:
        self.twin, self.reference, self.i = twin, reference, 0

    def _batch(self, batch: Any) -> Any:
        draws = self.reference.recording.draws
        return batch_with_draws(batch, draws[self.i] if draws else {}, "float32")

    def step(self, batch: Any) -> float:
        loss = float(self.twin.step(self._batch(batch)))
        self.i += 1
        return loss

    def gradients(self, batch: Any) -> Any:
        return self.twin.gradients(self._batch(batch))

    def parameters(self) -> Any:
        return self.twin.parameters()

    def close(self) -> None:
        self.twin.close()


def _make_reference(description: dict[str, Any]) -> None:
    """The reference of one program, beside the job."""
    key = description["reference"]
    (program,) = (p for p in catalog.programs(None, description["corpus"]) if p.key == key)
    steps = description["steps"] or program.steps

    def tell(what: str, done: int) -> None:
        emit(event="progress", program=what, backend="reference", column=key, step=done, steps=steps)

    references.save(references.make(program, steps, tell), Path(description["folder"]) / f"{key}.safetensors")


def _do(description: dict[str, Any]) -> None:
    if "reference" in description:
        _make_reference(description)
        return
    job = _Job(description)
    emit(event="started", backend=job.name, version=job.backend.version)
    job.run()


def main() -> None:
    for line in sys.stdin:
        _do(json.loads(Path(line.rstrip("\n")).read_text()))
        emit(event="done")


if __name__ == "__main__":
    main()
