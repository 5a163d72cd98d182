"""samegraph on PyTensor: a step becomes one pytensor.function; gradients by the specification's rules."""

import json
from functools import lru_cache, partial, wraps
from pathlib import Path

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.compile.mode import Mode
from pytensor.graph.basic import Variable
from samegraph.backend import Backend

from .kernels import KERNELS

_LACKS = json.loads(Path(__file__).with_name("lacks.json").read_text())  # reason: names
_mapped = lambda fn, v: tuple(_mapped(fn, i) for i in v) if isinstance(v, (tuple, list)) else fn(v)
_MODE = Mode(linker="py", optimizer="merge")  # further rewrites make 0 * x and 0 / x 0, whatever x; py: no C compiler


def _function(fn, given, attrs):
    """A pytensor.function of the arrays among `given` ((dtype, shape); others: (value,)), and the form of what fn answers."""
    symbols = [pt.tensor(dtype=g[0], shape=g[1]) if len(g) == 2 else g[0] for g in given]
    out = []
    form = _mapped(lambda v: out.append(v) or len(out) - 1, fn(*symbols, **dict(attrs)))
    inputs = [s for s in symbols if isinstance(s, Variable)]
    return pytensor.function(inputs, [pt.as_tensor(v) for v in out], mode=_MODE, on_unused_input="ignore"), form


def _traced(fn):
    """`fn`, called with PyTensor's variables as it is, with arrays by a function made once for their dtypes and shapes."""
    functions = lru_cache(maxsize=256)(partial(_function, fn))

    @wraps(fn)
    def call(*args, **attrs):
        arrays = [a for a in args if isinstance(a, (np.ndarray, np.generic))]
        if any(isinstance(a, Variable) for a in args):
            return fn(*(pt.as_tensor(a) if isinstance(a, (np.ndarray, np.generic)) else a for a in args), **attrs)
        given = tuple((a.dtype.name, a.shape) if isinstance(a, (np.ndarray, np.generic)) else (a,) for a in args)
        try:
            function, form = functions(given, tuple(attrs.items()))
        except RecursionError:  # PyTensor walks graphs by recursion: thousands of chained ops run one by one
            return fn(*args, **attrs)
        return _mapped(function(*arrays).__getitem__, form)

    return call


# 0, or 1 + the index of the first False flag
_ok_all = _traced(lambda *flags: ((pt.argmin(pt.stack([*flags, np.False_])) + 1) % (len(flags) + 1)).astype("int32"))

backend = Backend(
    name="pytensor",
    contract_version=1,
    version=pytensor.__version__,
    kernels={name: _traced(fn) for name, fn in KERNELS.items()},
    dtypes=frozenset("float16 float32 float64 int8 int16 int32 int64 uint8 bool".split()),
    devices=lambda: ["cpu"],
    to_device=lambda array, device: array,
    to_numpy=lambda value: np.array(value, order="C"),
    make_state=lambda value, device, rows: np.array(value, order="C"),
    compile=lambda step, donate: _traced(step),
    ok_all=lambda flags: _ok_all(*flags),
    conformance=str(Path(__file__).with_name("conformance.json")),
    lacks={name: reason for reason, names in _LACKS.items() for name in names},
)
