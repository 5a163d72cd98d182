"""The processes that compare trains in: who does what, and what becomes of the others when one ends."""

from __future__ import annotations

import signal
import sys

import pytest
from samegraph.compare import workers

from tests.interrupting import children, gone, needs_proc, started

pytest.importorskip("click", reason="the command comes with the extra cli")

STAND_IN = """
import json, os, sys
from pathlib import Path
for line in sys.stdin:
    job = json.loads(Path(line.rstrip("\\n")).read_text())
    print("what a library prints", flush=True)
    print("samegraph-event", json.dumps({"event": "at", "job": job["number"], "process": os.getpid()}), flush=True)
    if job.get("raises"):
        raise ValueError("planted")
    if job.get("dies"):
        os.abort()
    print("samegraph-event", json.dumps({"event": "done"}), flush=True)
    if job.get("dies_later"):
        os.abort()
"""


@pytest.fixture
def ran(tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "COMMAND", [sys.executable, "-c", STAND_IN])

    def run(jobs, at_once=1):
        events = []
        reasons = workers.run([{"number": i, **j} for i, j in enumerate(jobs)], tmp_path, at_once, events.append)
        return reasons, {e["job"]: e["process"] for e in events}

    return run


def test_jobs_of_one_backend_share_a_process(ran):
    backends = ["torch", "jax", "torch", "jax", "torch"]
    reasons, process = ran([{"backend": b} for b in backends])
    assert reasons == [""] * 5
    assert process[0] == process[2] == process[4] != process[1] == process[3]


def test_when_no_backend_is_left_over_they_help_out(ran):
    reasons, process = ran([{"backend": "torch"}] * 4, at_once=3)
    assert reasons == [""] * 4 and len(set(process.values())) == 3


@pytest.mark.parametrize(("harm", "why"), [("raises", "planted"), ("dies", "its process ended with status -6")])
def test_a_job_that_ends_its_process_takes_no_other_along(ran, harm, why):
    reasons, process = ran([{"backend": "torch", harm: i == 1} for i in range(4)])
    assert reasons == ["", why, "", ""]
    assert process[0] == process[1] != process[2] == process[3]


def test_a_process_that_ends_between_jobs_is_replaced(ran):
    reasons, process = ran([{"backend": "torch", "dies_later": True}, {"backend": "jax"}, {"backend": "jax"}], 1)
    assert reasons == ["", "", ""] and process[1] == process[2] != process[0]


@needs_proc
def test_ctrl_c_ends_what_compare_started(tmp_path):
    asked = [sys.executable, "-m", "samegraph.cli", "compare", "cnn", "--backends", "numpy", "--steps", "100000"]
    process = started([*asked, "--jobs", "2", "--out", str(tmp_path)], "samegraph.compare.worker")
    working = children(process.pid, "samegraph.compare.worker")
    process.send_signal(signal.SIGINT)  # to it alone: the workers do not hear it
    process.communicate(timeout=60)
    assert process.returncode != 0 and not list(tmp_path.glob("*.json"))
    assert working and gone(working)
