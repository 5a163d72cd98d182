"""tf.train.Saver: which checkpoints stay, what fits, and files that are whole or absent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import ml_dtypes
import numpy as np
import pytest
import samegraph.tf1 as tf
from samegraph.saving import bundle, checkpoints, files, tensors


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
    saved = tf.train.Saver().save(s, str(tmp_path / 'a "b" \\ c'))
    assert tf.train.latest_checkpoint(str(tmp_path)) == saved == str(tmp_path / 'a "b" \\ c')
    assert r'a \"b\" \\ c"' in (tmp_path / "checkpoint").read_text()


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


@pytest.mark.skipif(os.name != "posix", reason="umask is POSIX's")
def test_files_are_as_open_makes_them(tmp_path):
    before = os.umask(0o027)
    try:
        files.write_bytes(str(tmp_path / "x"), b"")
    finally:
        os.umask(before)
    assert os.stat(tmp_path / "x").st_mode & 0o777 == 0o640


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
