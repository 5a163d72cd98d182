"""What becomes of the trainings of several seeds: statistics, verdicts, the command, and processes that end too early."""

from __future__ import annotations

import json
import math
import signal
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from samegraph.compare import storage
from samegraph.programs.skip_gram import Settings
from samegraph.word_vectors import run, summary

from tests.interrupting import children, gone, needs_proc, started

pytest.importorskip("click", reason="the command comes with the extra cli")

from click.testing import CliRunner
from samegraph.cli.app import app

WORDS = (
    "the cat sat on the mat and the dog lay by the door while a king and a queen ruled the man and the woman".split()
)
QUICK = Settings(dimensions=8, runs=2, length=8, shared=8, sample=0.0, min_count=1)


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "text.txt"
    rng = np.random.default_rng(0)
    path.write_text(" ".join(rng.choice(WORDS, 2000)), encoding="utf-8")
    return path


# Statistics ---------------------------------------------------------------------------------------------------------------


def test_a_mean_has_the_standard_error_of_its_seeds():
    found = summary.spread([1.0, 2.0, 6.0])
    assert (found["mean"], found["median"], found["low"], found["high"]) == (3.0, 2.0, 1.0, 6.0)
    assert found["standard_error"] == pytest.approx(math.sqrt(7 / 3))
    assert summary.spread([1.0])["standard_error"] is None and summary.spread([]) is None


def means(mean, error):
    return {"mean": mean, "standard_error": error}


def test_below_is_what_two_standard_errors_of_the_difference_do_not_cover():
    gensim = means(0.40, 0.003)
    assert summary.against(means(0.3901, 0.004), gensim)["verdict"] == "not below"
    assert summary.against(means(0.3899, 0.004), gensim)["verdict"] == "below"
    assert summary.against(means(0.9, 0.0), gensim)["verdict"] == "not below"
    assert summary.against(means(0.1, None), gensim)["verdict"] == "not known"
    assert summary.against(None, gensim)["verdict"] == "not known"


def trained(system, seed, speed=100.0, score=0.5, losses=(3.0, 2.0), **changes):
    scores = {name: {"value": score, "asked": 10} for name in summary.SCORES}
    about = {
        "speed": speed,
        "speed_computed": speed / 2,
        "first_step": 0.1,
        "loss": losses[-1],
        "losses": list(losses),
        "version": "1",
    }
    return {"system": system, "seed": seed, "reason": "", "scores": scores, "unscored": "", **about, **changes}


def results(*runs):
    systems = list(dict.fromkeys(r["system"] for r in runs))
    return {"seeds": [1, 2], "systems": summary.summarised(systems, runs), "runs": list(runs)}


def test_a_ratio_is_that_of_one_seed():
    """Where the machine is half as fast in the second turn, the ratio does not see it."""
    runs = [trained("torch", 1, 300.0), trained("gensim", 1, 200.0), trained("torch", 2, 150.0)]
    found = results(*runs, trained("gensim", 2, 100.0))
    assert found["systems"][0]["ratio"]["median"] == found["systems"][0]["ratio"]["low"] == 1.5
    assert found["systems"][1]["ratio"] is None and found["systems"][1]["against"] == {}


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({}, 0, "torch reads 1.50 times gensim's"),
        ({"score": 0.3}, 0, "torch (WordSim-353)"),
        ({"reason": "its process ended with status -9"}, 1, "not trained, or not with every seed: torch"),
        ({"unscored": "diverged", "scores": {}}, 1, "not scored: torch"),
    ],
)
def test_the_verdict_of_a_run(changes, status, words):
    rivals = [trained("gensim", 1, score=0.5), trained("gensim", 2, score=0.51)]
    found = results(trained("torch", 1, 150.0, 0.5), trained("torch", 2, 150.0, 0.5), *rivals)
    assert summary.verdict(found)[0] == 0
    own = [trained("torch", seed, 150.0, **{"score": 0.5 + seed / 100, **changes}) for seed in (1, 2)]
    found_status, sentence = summary.verdict(results(*own, *rivals))
    assert found_status == status and words in sentence
    assert summary.verdict(results(*own, *rivals), fail_if_below=True)[0] == (1 if "below" in sentence[:5] else status)


def test_nothing_trained_is_no_success():
    assert summary.verdict(results(trained("torch", 1, reason="died"), trained("torch", 2, reason="died")))[0] == 3


def test_losses_apart_are_named():
    runs = [trained("numpy", 1), trained("jax", 1), trained("torch", 1, losses=(3.0, 2.2))]
    apart = {row["system"]: row["whole"] for row in summary.agreement(runs)}
    assert apart == {"jax": 0.0, "torch": pytest.approx(0.1)}
    nan = summary.agreement([trained("numpy", 1), trained("jax", 1, losses=(3.0, math.nan))])
    assert nan[0]["whole"] == math.inf


# Processes and the command ------------------------------------------------------------------------------------------------


def test_one_that_dies_is_said_and_the_rest_goes_on(text, monkeypatch, tmp_path):
    stand_in = tmp_path / "stand_in.py"
    stand_in.write_text(
        "import json, os, sys\nfrom pathlib import Path\nfrom samegraph.word_vectors import worker\n"
        "line = sys.stdin.readline().rstrip('\\n')\njob = json.loads(Path(line).read_text())\n"
        "if job['system'] == 'torch': os.abort()\n"
        "if job['settings']['seed'] == 2: raise ValueError('planted')\n"
        "worker._do(job)\nworker.emit(event='done')\n"
    )
    monkeypatch.setattr(run, "COMMAND", [sys.executable, str(stand_in)])
    told = []
    options = run.Options(["numpy", "torch"], text, QUICK, seeds=2, threads=1)
    found = run.compare(options, lambda what, event: told.append((what, event["event"])))
    numpy, torch = found["systems"]
    assert (numpy["trained"], torch["trained"], torch["speed"]) == (1, 0, None)
    assert numpy["reasons"][-1] == "planted" and torch["reasons"] == ["its process ended with status -6"]
    turns = list(dict.fromkeys(what for what, _ in told))
    assert turns == [
        f"{i} of 4: {s}" for i, s in enumerate(["numpy, seed 1", "torch, seed 1", "numpy, seed 2", "torch, seed 2"], 1)
    ]
    assert ("2 of 4: torch, seed 1", "failed") in told and summary.verdict(found)[0] == 1


def test_the_command_trains_scores_and_writes(text, tmp_path):
    pytest.importorskip("gensim", reason="scores are gensim's")
    asked = ["word2vec", str(text), "--backends", "numpy", "--seeds", "2", "--sample", "0", "--dimensions", "8"]
    out = tmp_path / "out"
    done = CliRunner().invoke(app, [*asked, "--shared", "8", "--against-gensim", "--vectors", "--out", str(out)])
    assert "2 of 4: gensim, seed 1" in done.output, done.output
    found = json.loads((out / "word2vec.json").read_text())
    assert (found["schema"], found["seeds"], found["text"]["words"]) == (1, [1, 2], 2000)
    assert [s["system"] for s in found["systems"]] == ["numpy", "gensim"] and len(found["runs"]) == 4
    assert found["systems"][0]["ratio"]["count"] == 2 and found["systems"][0]["loss"]["mean"] > 0
    assert found["runs"][0]["losses"] != found["runs"][2]["losses"]  # another seed
    first = (out / "numpy.vectors.txt").read_text().splitlines()[0].split()
    assert first == [str(found["text"]["vocabulary"]), "8"]
    assert sorted(p.name for p in out.iterdir()) == ["gensim.vectors.txt", "numpy.vectors.txt", "word2vec.json"]


def test_a_training_that_diverged_has_no_scores(text):
    rates = [run.compare(run.Options(["numpy"], text, replace(QUICK, rate=rate), seeds=1)) for rate in (0.05, 50.0)]
    learnt, lost = (found["systems"][0] for found in rates)
    assert learnt["reasons"] == [] and lost["trained"] == 1 and "smaller --rate" in lost["reasons"][0]
    assert summary.verdict(rates[1]) == (1, "trained and not scored: numpy")
    json.dumps(storage._strict(rates[1]), allow_nan=False)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (["--backends", "nupmy"], "no backend named 'nupmy'"),
        (["no-such-file.txt", "--backends", "numpy"], "there is no file"),
        (["--rate", "0"], "--rate"),
    ],
)
def test_what_cannot_be_done_is_said(asked, words, tmp_path):
    done = CliRunner().invoke(app, ["word2vec", *asked, "--out", str(tmp_path)])
    assert done.exit_code == 2 and words in " ".join(done.output.split())
    assert not list(tmp_path.iterdir())


@needs_proc
def test_ctrl_c_ends_the_training(text, tmp_path):
    asked = [sys.executable, "-m", "samegraph.cli", "word2vec", str(text), "--backends", "numpy", "--epochs", "100000"]
    process = started([*asked, "--out", str(tmp_path / "out")], "samegraph.word_vectors.worker")
    working = children(process.pid, "samegraph.word_vectors.worker")
    process.send_signal(signal.SIGINT)  # to it alone: the worker does not hear it
    process.communicate(timeout=60)
    assert process.returncode != 0 and not list(Path(tmp_path / "out").iterdir())
    assert working and gone(working)
