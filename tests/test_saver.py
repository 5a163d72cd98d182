"""tf.train.Saver: which checkpoints stay, what fits, and files that are whole or absent."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import signal
import subprocess
import sys
import time

import ml_dtypes
import numpy as np
import pytest
import samegraph.tf1 as tf
from samegraph.saving import bundle, checkpoints, files, tensors
from samegraph.saving.state_file import CheckpointState, write_checkpoint_state


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


def session(**values):
    """A session in which variables of these names have these values, and the variables."""
    variables = {n: tf.Variable(v, name=n) for n, v in values.items()}
    s = tf.Session(backend="numpy")
    s.run(tf.global_variables_initializer())
    return s, variables


def numbers(folder):
    return sorted(n for n in os.listdir(folder) if n.endswith(".index"))


# Which checkpoints stay ---------------------------------------------------------------------------------------------------


def test_the_newest_stay(tmp_path):
    s, _ = session(w=1.0)
    saver = tf.train.Saver(max_to_keep=2)
    for i in range(5):
        assert saver.save(s, str(tmp_path / "m"), global_step=i) == str(tmp_path / f"m-{i}")
    assert numbers(tmp_path) == ["m-3.index", "m-4.index"]
    assert saver.last_checkpoints == [str(tmp_path / "m-3"), str(tmp_path / "m-4")]
    state = tf.train.get_checkpoint_state(str(tmp_path))
    assert state.model_checkpoint_path == tf.train.latest_checkpoint(str(tmp_path)) == str(tmp_path / "m-4")
    assert state.all_model_checkpoint_paths == saver.last_checkpoints
    assert len(os.listdir(tmp_path)) == 1 + 2 * 4  # the state; index and meta, each with its arrays


@pytest.mark.parametrize("keep", [None, 0])
def test_all_stay(tmp_path, keep):
    s, _ = session(w=1.0)
    saver = tf.train.Saver(max_to_keep=keep)
    for i in range(7):
        saver.save(s, str(tmp_path / "m"), global_step=i, write_meta_graph=False)
    assert len(numbers(tmp_path)) == 7 and saver.last_checkpoints == []
    assert tf.train.get_checkpoint_state(str(tmp_path)).all_model_checkpoint_paths == [str(tmp_path / "m-6")]


def test_one_each_so_many_hours_stays(tmp_path, monkeypatch):
    now = [1e9]
    monkeypatch.setattr(time, "time", lambda: now[0])
    s, _ = session(w=1.0)
    saver = tf.train.Saver(max_to_keep=1, keep_checkpoint_every_n_hours=2)
    for i in range(8):
        now[0] += 3600
        saver.save(s, str(tmp_path / "m"), global_step=i, write_meta_graph=False)
    # when it is its turn to go, one written after the next full two hours stays: those of hours 3, 5 and 7
    assert numbers(tmp_path) == ["m-2.index", "m-4.index", "m-6.index", "m-7.index"]


def test_an_earlier_process_counts(tmp_path):
    s, _ = session(w=1.0)
    first = tf.train.Saver(max_to_keep=2)
    for i in range(2):
        first.save(s, str(tmp_path / "m"), global_step=i)
    second = tf.train.Saver(max_to_keep=2)
    state = tf.train.get_checkpoint_state(str(tmp_path))
    second.recover_last_checkpoints([*state.all_model_checkpoint_paths, str(tmp_path / "gone")])
    assert second.last_checkpoints == first.last_checkpoints
    second.save(s, str(tmp_path / "m"), global_step=2)
    assert numbers(tmp_path) == ["m-1.index", "m-2.index"]


def test_the_folder_can_be_moved(tmp_path, monkeypatch):
    s, _ = session(w=[1.0, 2.0])
    (tmp_path / "a").mkdir()
    tf.train.Saver(save_relative_paths=True).save(s, str(tmp_path / "a" / "m"), global_step=3)
    (tmp_path / "a").rename(tmp_path / "b")
    assert tf.train.latest_checkpoint(str(tmp_path / "b")) == str(tmp_path / "b" / "m-3")
    monkeypatch.chdir(tmp_path / "b")
    tf.train.Saver().save(s, "n", global_step=1)
    assert tf.train.latest_checkpoint(".") == "./n-1"
    assert tf.train.load_variable(".", "w:0").tolist() == [1.0, 2.0]


def test_a_name_that_has_to_be_quoted(tmp_path):
    """As TensorFlow's text format quotes: a backslash before what it stands for itself."""
    s, _ = session(w=1.0)
    saved = tf.train.Saver().save(s, str(tmp_path / 'a "b" \\ c\nd'))
    assert tf.train.latest_checkpoint(str(tmp_path)) == saved == str(tmp_path / 'a "b" \\ c\nd')
    assert r'a \"b\" \\ c\nd"' in (tmp_path / "checkpoint").read_text()


def test_names_of_steps(tmp_path):
    step = tf.Variable(12, name="count", trainable=False)
    s, _ = session()
    saver = tf.train.Saver(pad_step_number=True)
    assert saver.save(s, str(tmp_path / "m"), global_step=step).endswith("m-00000012")
    assert tf.train.Saver().save(s, str(tmp_path / "m"), global_step=step.value()).endswith("m-12")
    assert tf.train.checkpoint_exists(str(tmp_path / "m-12")) and not tf.train.checkpoint_exists(str(tmp_path / "m"))


def test_without_state_or_graph(tmp_path):
    s, _ = session(w=1.0)
    tf.train.Saver().save(s, str(tmp_path / "m"), write_state=False, write_meta_graph=False)
    assert tf.train.latest_checkpoint(str(tmp_path)) is None
    assert len(os.listdir(tmp_path)) == 2
    with pytest.raises(ValueError, match="Couldn't find 'checkpoint' file"):
        tf.train.list_variables(str(tmp_path))


def test_saving_again_leaves_nothing_behind(tmp_path):
    s, v = session(w=[1.0, 2.0])
    saver = tf.train.Saver()
    for value in ([3.0, 4.0], [5.0, 6.0], [5.0, 6.0]):
        v["w"].load(value, s)
        saver.save(s, str(tmp_path / "m"), write_meta_graph=False)
        assert len(os.listdir(tmp_path)) == 3
        assert tf.train.load_variable(str(tmp_path / "m"), "w").tolist() == value
    (tmp_path / "m.index.0123456789abcdef.tmp").write_text("left by a killed writer")
    (tmp_path / "m-1.index").write_text("another one's")
    saver.save(s, str(tmp_path / "m"), write_meta_graph=False)
    assert len(os.listdir(tmp_path)) == 4


def test_hours_are_counted_from_when_the_saver_was_made(tmp_path, monkeypatch):
    """To the second: what was written at the full hours goes, what a moment later was written stays, one each two hours."""
    now = [0.0]
    monkeypatch.setattr(time, "time", lambda: now[0])
    s, _ = session(w=1.0)
    saver = tf.train.Saver(max_to_keep=1, keep_checkpoint_every_n_hours=2)
    for i, at in enumerate((7200.0, 7200.5, 14400.0, 14400.5, 15000.0, 30000.0)):
        now[0] = at
        saver.save(s, str(tmp_path / "m"), global_step=i, write_meta_graph=False)
    assert numbers(tmp_path) == ["m-1.index", "m-3.index", "m-5.index"]


def test_what_a_saver_is_told_of_checkpoints(tmp_path):
    """Of unknown age, they count as young: the one that is too many stays. With an age, it goes."""
    s, _ = session(w=1.0)
    tf.train.Saver().save(s, str(tmp_path / "a")), tf.train.Saver().save(s, str(tmp_path / "b"))
    a, b = str(tmp_path / "a"), str(tmp_path / "b")
    saver = tf.train.Saver(max_to_keep=1)
    saver.set_last_checkpoints([a])
    assert saver.last_checkpoints == [a]
    saver.save(s, str(tmp_path / "m"))
    saver.set_last_checkpoints_with_time([(b, 0.0)])
    saver.save(s, str(tmp_path / "n"))
    assert numbers(tmp_path) == ["a.index", "m.index", "n.index"] and saver.last_checkpoints == [str(tmp_path / "n")]


def test_a_checkpoint_saved_again_is_the_newest_and_counts_once(tmp_path):
    s, _ = session(w=1.0)
    saver = tf.train.Saver(max_to_keep=2)
    for step in (1, 2, 1):
        saver.save(s, str(tmp_path / "m"), global_step=step)
    assert saver.last_checkpoints == [str(tmp_path / "m-2"), str(tmp_path / "m-1")]
    assert numbers(tmp_path) == ["m-1.index", "m-2.index"]


def test_the_graph_of_a_checkpoint_goes_with_it_under_any_suffix(tmp_path):
    s, _ = session(w=1.0)
    saver = tf.train.Saver(max_to_keep=1)
    for i in range(2):
        saver.save(s, str(tmp_path / "m"), global_step=np.int64(i), meta_graph_suffix="graph", latest_filename="latest")
    names = {n.split(".")[0] for n in os.listdir(tmp_path)}
    assert names == {"m-1", "latest"} and (tmp_path / "m-1.graph").exists()
    assert tf.train.latest_checkpoint(str(tmp_path), "latest") == str(tmp_path / "m-1")
    assert tf.train.latest_checkpoint(str(tmp_path)) is None


def test_a_checkpoint_that_cannot_be_removed_stops_no_training(tmp_path, caplog):
    s, _ = session(w=1.0)
    saver = tf.train.Saver(max_to_keep=1)
    saver.save(s, str(tmp_path / "m"), global_step=0)
    (tmp_path / "m-0.index").unlink()
    (tmp_path / "m-0.index").mkdir()
    assert saver.save(s, str(tmp_path / "m"), global_step=1) == str(tmp_path / "m-1")
    assert "Ignoring: " in caplog.text and "m-0.index" in caplog.text


def test_files_of_tensorflow_are_removed_too(tmp_path):
    theirs = ("m.data-00000-of-00002", "m.data-00001-of-00002", "m.index", "m.meta")
    others = ("m.data-0-of-1", "m.data-00000-of-00001.bak", "mm.data-00000-of-00001", "m-1.data-00000-of-00001", "m")
    for name in (*theirs, *others):
        (tmp_path / name).write_text("")
    tf.train.remove_checkpoint(str(tmp_path / "m"))
    assert sorted(os.listdir(tmp_path)) == sorted(others)


def test_when_checkpoints_were_written(tmp_path):
    s, _ = session(w=1.0)
    prefix = tf.train.Saver().save(s, str(tmp_path / "m"))
    os.utime(f"{prefix}.index", (5.0, 12.0))
    assert tf.train.get_checkpoint_mtimes([prefix, prefix]) == [12.0, 12.0]
    with pytest.raises(tf.errors.NotFoundError, match=r"there is no checkpoint file .*none\.index"):
        tf.train.get_checkpoint_mtimes([prefix, str(tmp_path / "none")])


# The file `checkpoint` ------------------------------------------------------------------------------------------------------


def state_text(folder, name="checkpoint"):
    """Its lines but the last, which is the checksum of those before."""
    text = (folder / name).read_text()
    before, mark, checksum = text.partition("# samegraph: ")
    assert mark and checksum == hashlib.blake2b(before.encode(), digest_size=16).hexdigest() + "\n"
    return before.splitlines()


def test_a_state_written_by_hand(tmp_path):
    a, b, folder = str(tmp_path / "a"), str(tmp_path / "b"), str(tmp_path)
    tf.train.update_checkpoint_state(folder, b, [a], None, [1.5, 2.0], 0.5)
    state = tf.train.get_checkpoint_state(folder)
    assert (state.model_checkpoint_path, state.all_model_checkpoint_paths) == (b, [a, b])
    assert (state.all_model_checkpoint_timestamps, state.last_preserved_timestamp) == ([1.5, 2.0], 0.5)
    assert state_text(tmp_path) == [
        f'model_checkpoint_path: "{b}"',
        f'all_model_checkpoint_paths: "{a}"',
        f'all_model_checkpoint_paths: "{b}"',
        "all_model_checkpoint_timestamps: 1.5",
        "all_model_checkpoint_timestamps: 2.0",
        "last_preserved_timestamp: 0.5",
    ]
    for given, kept in ((None, [a]), ([], [a]), ([b, a], [b, a]), ([a, b], [a, b, a])):
        tf.train.update_checkpoint_state(folder, a, given, latest_filename="mine")
        state = tf.train.get_checkpoint_state(folder, "mine")
        assert (state.model_checkpoint_path, state.all_model_checkpoint_paths) == (a, kept)
        assert state_text(tmp_path, "mine") == [
            f'{k}: "{p}"' for k, p in (("model_checkpoint_path", a), *(("all_model_checkpoint_paths", p) for p in kept))
        ]
    for times in ([1.0], [1.0, 2.0, 3.0]):
        with pytest.raises(ValueError, match="timestamps, if provided, must match"):
            tf.train.update_checkpoint_state(folder, b, [a], None, times)
    with pytest.raises(RuntimeError, match="conflicts with path used for checkpoint state"):
        tf.train.update_checkpoint_state(folder, str(tmp_path / "checkpoint"))
    assert tf.train.get_checkpoint_state(folder).model_checkpoint_path == b


def test_paths_in_a_state_are_relative_where_the_folder_is(tmp_path, monkeypatch):
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path)
    inside = str(tmp_path / "sub" / "m")
    for folder, path, relative, written in (
        ("sub", "sub/m", False, "m"),
        ("sub", inside, False, inside),
        ("sub", inside, True, "m"),
        (str(tmp_path / "sub"), "m", False, "m"),
        (str(tmp_path / "sub"), "sub/m", True, "sub/m"),
        (str(tmp_path / "sub"), inside, True, "m"),
        ("", "sub/m", False, "sub/m"),
        ("", inside, True, "sub/m"),
    ):
        write_checkpoint_state(folder, CheckpointState(path, [path]), relative=relative)
        assert state_text(tmp_path / folder)[0] == f'model_checkpoint_path: "{written}"', (folder, path, relative)


def test_a_state_as_tensorflow_writes_it(tmp_path, caplog):
    """Escapes of its text format, comments and blank lines; a checkpoint that is gone is told of, and is none."""
    (tmp_path / "checkpoint").write_bytes(
        b'# a comment: 5\n\n  # another\n  model_checkpoint_path : "a\\tb\\nc\\r\\"\\\'\\\\\\101\\501\\q\\303\\2517"  \n'
        b"last_preserved_timestamp: 1.5e9\nall_model_checkpoint_timestamps: -2\n"
    )
    state = tf.train.get_checkpoint_state(str(tmp_path))
    assert state.model_checkpoint_path == str(tmp_path / "a\tb\nc\r\"'\\AAqé7")
    assert (state.last_preserved_timestamp, state.all_model_checkpoint_timestamps) == (1.5e9, [-2.0])
    assert state.all_model_checkpoint_paths == []
    assert tf.train.latest_checkpoint(str(tmp_path)) is None
    assert f"Couldn't match files for checkpoint {state.model_checkpoint_path}" in caplog.text


@pytest.mark.parametrize(
    "line",
    [
        "model_checkpoint_path: 5",
        'model_checkpoint_path: "a',
        'model_checkpoint_path "a"',
        'model_checkpoint_path: "a" "b"',
        'last_preserved_timestamp: "1"',
        "last_preserved_timestamp: one",
        "all_model_checkpoint_timestamps: 1 2",
        'unknown: "a"',
        '__doc__: "a"',
    ],
)
def test_lines_that_no_state_has(tmp_path, line):
    (tmp_path / "checkpoint").write_text(f'model_checkpoint_path: "m"\n{line}\n')
    with pytest.raises(tf.errors.DataLossError, match="is damaged, or no checkpoint state"):
        tf.train.get_checkpoint_state(str(tmp_path))


# What fits ------------------------------------------------------------------------------------------------------------------


def saved(tmp_path, **values):
    with tf.Graph().as_default():
        s, _ = session(**values)
        return tf.train.Saver().save(s, str(tmp_path / "m"))


def test_names_of_ones_own(tmp_path):
    prefix = saved(tmp_path, w=[1.0, 2.0], b=3.0)
    s, v = session(weights=[0.0, 0.0], bias=0.0)
    tf.train.Saver({"w": v["weights"]}).restore(s, prefix)
    assert [x.tolist() for x in s.run([v["weights"], v["bias"]])] == [[1.0, 2.0], 0.0]
    tf.train.Saver([v["bias"]]).save(s, str(tmp_path / "n"))
    assert tf.train.list_variables(str(tmp_path / "n")) == [("bias", [])]


@pytest.mark.parametrize(
    ("error", "values", "words"),
    [
        (
            tf.errors.NotFoundError,
            {"w": [0.0, 0.0], "weights": 1.0},
            "Key weights not found in checkpoint .*such as a, w",
        ),
        (tf.errors.InvalidArgumentError, {"w": [0.0, 0.0, 0.0]}, r"w is float32\(3,\).*m is float32\(2,\)"),
        (tf.errors.InvalidArgumentError, {"w": [0, 0]}, r"w is int32\(2,\).*float32\(2,\)"),
    ],
)
def test_what_does_not_fit(tmp_path, error, values, words):
    prefix = saved(tmp_path, a=7.0, w=[1.0, 2.0])
    s, v = session(a=0.0, **values)
    before = s.run(v)
    with pytest.raises(error, match=words) as told:
        tf.train.Saver().restore(s, prefix)
    assert prefix in str(told.value) and "test_saver.py" in str(told.value)
    after = s.run(v)
    assert all(np.array_equal(before[n], after[n]) for n in before)


def test_names_that_a_checkpoint_lacks_are_told_with_three_that_it_has(tmp_path):
    prefix = saved(tmp_path, **dict.fromkeys(("weight1", "weight2", "weight3", "weight4", "a", "b"), 1.0))
    for name, such in (("weight", "weight4, weight3, weight2"), ("zzz", "a, b, weight1")):
        with tf.Graph().as_default():
            s, _ = session(**{name: 1.0})
            with pytest.raises(tf.errors.NotFoundError) as told:
                tf.train.Saver().restore(s, prefix)
        words = f"Key {name} not found in checkpoint {prefix}; it holds 6 others, such as "
        listed = str(told.value).partition(words)[2].splitlines()[0]
        assert sorted(listed.split(", ")) == sorted(such.split(", "))


def test_reshape(tmp_path):
    prefix = saved(tmp_path, w=[1.0, 2.0, 3.0, 4.0])
    s, v = session(w=np.zeros((2, 2), np.float32))
    tf.train.Saver(reshape=True).restore(s, prefix)
    assert s.run(v["w"]).tolist() == [[1.0, 2.0], [3.0, 4.0]]
    s, v = session(w2=np.zeros((3, 2), np.float32))
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.train.Saver({"w": v["w2"]}, reshape=True).restore(s, prefix)


def test_mistakes_are_told(tmp_path):
    with pytest.raises(ValueError, match="No variables to save"):
        tf.train.Saver()
    assert tf.train.Saver(allow_empty=True).save(tf.Session(backend="numpy"), str(tmp_path / "m")) is None
    w = tf.Variable(1.0, name="w")
    saver = tf.train.Saver()
    s = tf.Session(backend="numpy")
    with pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized value w"):
        saver.save(s, str(tmp_path / "m"))
    assert numbers(tmp_path) == []
    s.run(w.initializer)
    with pytest.raises(ValueError, match=r"Parent directory of .* doesn't exist"):
        saver.save(s, str(tmp_path / "no" / "m"))
    with pytest.raises(ValueError, match="must not contain path components"):
        saver.save(s, str(tmp_path / "m"), latest_filename="a/b")
    with pytest.raises(ValueError, match="collides"):
        saver.save(s, str(tmp_path / "checkpoint"))
    with pytest.raises(TypeError, match="must be a Session"):
        saver.save(None, str(tmp_path / "m"))
    with pytest.raises(TypeError, match="must be a Session"):
        saver.restore(None, str(tmp_path / "m"))
    with tf.Graph().as_default(), pytest.raises(ValueError, match="does not belong to the graph"):
        saver.restore(tf.Session(backend="numpy"), str(tmp_path / "m"))
    with pytest.raises(ValueError, match=r"not a valid checkpoint: .*m"):
        saver.restore(s, str(tmp_path / "m"))
    with pytest.raises(ValueError, match="save_path when it is None"):
        saver.restore(s, None)
    with pytest.raises(tf.errors.NotFoundError, match="Failed to find any matching files"):
        tf.train.NewCheckpointReader(str(tmp_path / "m"))
    with pytest.raises(ValueError, match="At least two variables have the same name: w"):
        tf.train.Saver([w, w])
    with pytest.raises(TypeError, match="is not a Variable"):
        tf.train.Saver([w + 1.0])
    with pytest.raises(RuntimeError, match=r"build\(\)"):
        tf.train.Saver(defer_build=True).save(s, str(tmp_path / "m"))
    with tf.Graph().as_default(), pytest.raises(ValueError, match="does not belong to the graph"):
        saver.save(tf.Session(backend="numpy"), str(tmp_path / "m"))
    s.close()
    with pytest.raises(RuntimeError, match="closed Session"):
        saver.save(s, str(tmp_path / "m"))


def test_reader(tmp_path):
    prefix = saved(tmp_path, w=[[1.0, 2.0]], n=3)
    reader = tf.train.load_checkpoint(str(tmp_path))
    assert reader.get_variable_to_shape_map() == {"w": [1, 2], "n": []}
    assert reader.get_variable_to_dtype_map() == {"w": tf.float32, "n": tf.int32}
    assert reader.has_tensor("w") and not reader.has_tensor("v")
    assert reader.get_tensor("n") == 3 and reader.get_tensor("n").dtype == np.int32
    assert reader.debug_string() == b"n (int32) []\nw (float32) [1, 2]"
    with pytest.raises(tf.errors.NotFoundError, match="Key v not found"):
        reader.get_tensor("v")
    assert tf.train.NewCheckpointReader(prefix).get_tensor("w").tolist() == [[1.0, 2.0]]


# Random draws ---------------------------------------------------------------------------------------------------------------


def test_a_part_leaves_the_draws(tmp_path):
    """Restoring all of a checkpoint is going on; restoring some of it (an embedding, say) is not."""

    def built():
        return tf.Variable(1.0, name="a"), tf.Variable(2.0, name="b"), tf.random_uniform([2], seed=5)

    with tf.Graph().as_default():
        _, _, u = built()
        s, _ = session()
        first = s.run(u)
        prefix = tf.train.Saver().save(s, str(tmp_path / "m"))
        second = s.run(u)
    a, _, u = built()
    s, _ = session()
    tf.train.Saver([a]).restore(s, prefix)
    assert np.array_equal(s.run(u), first)
    s.run(u)
    tf.train.Saver().restore(s, prefix)
    assert np.array_equal(s.run(u), second) and not np.array_equal(first, second)


# The files -----------------------------------------------------------------------------------------------------------------


def test_every_layout_in_one_file(tmp_path):
    base = np.arange(24).reshape(4, 6)
    arrays = {"empty strings": np.empty((0, 2), object), "strings": np.array([[b"a", "ü"], [b"\xff\0", b""]], object)}
    for dtype in (*np.sctypeDict.values(), ml_dtypes.bfloat16):
        if np.dtype(dtype).name in tensors._STORED.values() or dtype is ml_dtypes.bfloat16:
            a = base.astype(dtype)
            arrays |= {
                f"{np.dtype(dtype)} {k}": v
                for k, v in {
                    "0-d": a[2, 3],
                    "empty": a[1:1],
                    "transposed": a.T,
                    "backwards": a[::-1, ::-2],
                    "big endian": a.astype(a.dtype.newbyteorder(">")),
                }.items()
            }
    assert len(arrays) == 2 + 13 * 5
    path = str(tmp_path / "x")
    bundle.write(path, "kind", 1, {}, arrays)
    found = bundle.Bundle(path, "kind", 1)
    read = found.arrays(arrays)
    for name, want in arrays.items():
        want = np.asarray(want)
        assert read[name].shape == want.shape == found.types[name][1], name
        if want.dtype != object:
            assert read[name].dtype == want.dtype.newbyteorder("="), name
            assert read[name].flags.writeable and read[name].base is None, name
            assert np.array_equal(read[name], want), name
    assert read["strings"].tolist() == [[b"a", "ü".encode()], [b"\xff\0", b""]]


def test_other_programs_read_the_file(tmp_path):
    """It is plain safetensors; bfloat16 lies there as uint16, and the metadata says so."""
    from safetensors import safe_open

    tensors.write(
        str(tmp_path / "x"),
        {"w": tensors.stored(np.float32([[1, 2]])), "h": tensors.stored(np.ones(2, ml_dtypes.bfloat16))},
    )
    with safe_open(str(tmp_path / "x"), "np") as file:
        assert file.metadata() == {"bfloat16": '["h"]'}
        assert file.get_tensor("w").tolist() == [[1.0, 2.0]] and file.get_tensor("h").dtype == np.uint16


def test_a_failed_write_changes_nothing(tmp_path):
    path = str(tmp_path / "x")
    files.write_bytes(path, b"old")
    with pytest.raises(RuntimeError), files.replacing(path) as temporary:
        (tmp_path / os.path.basename(temporary)).write_text("new")
        raise RuntimeError
    assert os.listdir(tmp_path) == ["x"] and (tmp_path / "x").read_text() == "old"


def test_a_new_file_is_on_disk_before_it_takes_its_place(tmp_path, monkeypatch):
    """And its place in the folder afterwards; no other file has its name meanwhile."""
    monkeypatch.chdir(tmp_path)
    done, sync, replace = [], os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda h: [done.append(os.fstat(h).st_ino), sync(h)])
    monkeypatch.setattr(os, "replace", lambda a, b: [done.append((a, b)), replace(a, b)])
    for path in ("x", str(tmp_path / "x")):
        done.clear()
        with files.replacing(path) as temporary:
            assert os.path.getsize(temporary) == 0 and os.path.dirname(temporary) == os.path.dirname(path)
            with open(temporary, "w") as file:
                file.write("new")
        folder = [os.stat(tmp_path).st_ino] if os.name == "posix" else []
        assert done == [os.stat("x").st_ino, (temporary, path), *folder]
    monkeypatch.setattr(secrets, "token_hex", lambda n: "0" * 2 * n)
    (tmp_path / f"x.{'0' * 16}.tmp").write_text("another's")
    with pytest.raises(FileExistsError):
        files.write_bytes("x", b"newer")
    assert (tmp_path / "x").read_text() == "new" and (tmp_path / f"x.{'0' * 16}.tmp").read_text() == "another's"


def test_numbers_that_no_document_can_hold(tmp_path):
    for value in (np.nan, np.inf):
        with pytest.raises(ValueError, match="not JSON compliant"):
            bundle.write(str(tmp_path / "x"), "kind", 1, {"deep": [{"a": value}]}, {})
    assert os.listdir(tmp_path) == []


def test_digests_that_other_programs_can_check(tmp_path):
    """BLAKE2b of 16 bytes: of an array's bytes, and of the document without it, its keys in order, without spaces."""
    array = np.array([[1.0, 2.0]], ">f4").T
    bundle.write(str(tmp_path / "x"), "kind", 1, {"b": {"z": 1}, "a": [], "c": [1, {"d": 2}], "é": {}}, {"w": array})
    text = (tmp_path / "x").read_text()
    assert '"b": {\n"z": 1\n},\n"a": [],\n"c": [\n1,\n{"d": 2}\n],\n"\\u00e9": {},\n' in text
    document = json.loads(text)
    checksum = document.pop("checksum")
    whole = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
    assert checksum == hashlib.blake2b(whole, digest_size=16).hexdigest()
    digest = hashlib.blake2b(array.astype("<f4").tobytes(), digest_size=16).hexdigest()
    assert document["arrays"] == {"w": {"dtype": "float32", "shape": [2, 1], "digest": digest}}
    table = json.dumps(document["arrays"], sort_keys=True, separators=(",", ":")).encode()
    assert document["data"] == f"x.{hashlib.blake2b(table, digest_size=16).hexdigest()}.safetensors"
    assert sorted(os.listdir(tmp_path)) == ["x", document["data"]]


@pytest.mark.skipif(os.name != "posix", reason="umask is POSIX's")
@pytest.mark.parametrize(("umask", "mode"), [(0o027, 0o640), (0, 0o666)])
def test_files_are_as_open_makes_them(tmp_path, umask, mode):
    before = os.umask(umask)
    try:
        files.write_bytes(str(tmp_path / "x"), b"")
    finally:
        os.umask(before)
    assert os.stat(tmp_path / "x").st_mode & 0o777 == mode


@pytest.mark.skipif(os.name != "posix", reason="POSIX opens with the lowest number that is free")
def test_no_file_stays_open(tmp_path):
    def free():
        handle = os.open(os.devnull, os.O_RDONLY)
        os.close(handle)
        return handle

    before = free()
    files.write_bytes(str(tmp_path / "x"), b"a")
    assert files.read_bytes(str(tmp_path / "x"), 9) == b"a"
    with pytest.raises(tf.errors.DataLossError, match="is no plain file"):
        files.read_bytes(str(tmp_path), 9)
    assert free() == before


SAVES = """
import sys
import samegraph.tf1 as tf
v = [tf.Variable(tf.zeros([300, 100]), name=f"v{i}") for i in range(3)] + [tf.Variable(0.0, name="count")]
value = tf.placeholder(tf.float32, [])
write = tf.group(*(tf.assign(x, tf.fill(x.shape, value)) for x in v))
s = tf.Session(backend="numpy")
saver = tf.train.Saver(max_to_keep=2)
start = int(sys.argv[2])
for i in range(start, start + 10**6):
    s.run(write, {value: i})
    saver.save(s, sys.argv[1] + "/m", global_step=None if i % 2 else i)
    print(i, flush=True)
"""


def killed_while_saving(folder, start, seconds):
    """Starts a process that saves in a loop, kills it after its first save and `seconds` more; the last save it told of."""
    running = subprocess.Popen(
        [sys.executable, "-c", SAVES, str(folder), str(start)], stdout=subprocess.PIPE, text=True
    )
    first = int(running.stdout.readline())
    time.sleep(seconds)
    running.send_signal(signal.SIGKILL)
    told = running.stdout.read().split("\n")[:-1]  # the last line may be cut short
    running.wait()
    return int(told[-1]) if told else first


def check_last(folder, told):
    """The latest checkpoint is whole, and not older than the last one that the process told of."""
    prefix = tf.train.latest_checkpoint(str(folder))
    reader = tf.train.NewCheckpointReader(prefix)
    count = int(reader.get_tensor("count"))
    assert told <= count <= told + 1
    for i in range(3):
        value = reader.get_tensor(f"v{i}")
        assert value.shape == (300, 100) and (value == count).all()
    for path in tf.train.get_checkpoint_state(str(folder)).all_model_checkpoint_paths:
        tf.train.NewCheckpointReader(path).get_tensor("v0")
    return count


def kills(tmp_path, times):
    rng, start = np.random.default_rng(0), 0
    for _ in range(times):
        told = killed_while_saving(tmp_path, start, rng.uniform(0, 0.15))
        start = check_last(tmp_path, told) + 1
    return start


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is POSIX's")
def test_three_kills_while_saving(tmp_path):
    assert kills(tmp_path, 3) >= 3


@pytest.mark.thorough
@pytest.mark.skipif(os.name != "posix", reason="kill -9 is POSIX's")
def test_two_hundred_kills_while_saving(tmp_path):
    assert kills(tmp_path, 200) >= 200


def test_checkpoints_module_knows_its_kind(tmp_path):
    bundle.write(str(tmp_path / "m.index"), "another kind", 1, {}, {"w": np.ones(2)})
    with pytest.raises(tf.errors.DataLossError, match="does not say that it is a samegraph checkpoint"):
        checkpoints.CheckpointReader(str(tmp_path / "m"))


# TensorFlow's checkpoints where it is not installed ---------------------------------------------------------------------------


class Entry:
    def __init__(self, found):
        self.found = found

    def load(self):
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


def failing(prefix):
    raise OSError("not today")


@pytest.mark.parametrize(
    ("entries", "error", "words"),
    [
        (
            [],
            tf.errors.UnimplementedError,
            "a checkpoint of tensorflow, and no installed distribution offers to read it",
        ),
        ([Entry(ImportError("no tensorflow"))], tf.errors.UnimplementedError, r"pip install 'samegraph\[tensorflow\]'"),
        ([Entry(failing)], tf.errors.DataLossError, "tensorflow cannot read its checkpoint: not today"),
    ],
)
def test_a_foreign_checkpoint(tmp_path, monkeypatch, entries, error, words):
    import importlib.metadata

    s, v = session(w=1.0)
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group, name: entries)
    (tmp_path / "m.index").write_bytes(b"table" + bytes.fromhex("57fb808b247547db"))
    with pytest.raises(error, match=words):
        tf.train.Saver().restore(s, str(tmp_path / "m"))
    assert s.run(v["w"]) == 1.0


def test_a_foreign_checkpoint_is_read(tmp_path, monkeypatch):
    import importlib.metadata

    s, v = session(w=1.0)
    reading = {"w": ("float32", ())}, lambda name: np.float32(4.5)
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group, name: [Entry(lambda prefix: reading)])
    (tmp_path / "m.index").write_bytes(b"table" + bytes.fromhex("57fb808b247547db"))
    tf.train.Saver().restore(s, str(tmp_path / "m"))
    assert s.run(v["w"]) == 4.5
