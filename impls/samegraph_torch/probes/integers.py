"""Integer arithmetic, casts, rounding."""

from __future__ import annotations

import operator
from typing import Any

import torch

TABLE: dict[str, Any] = {
    "floordiv-int": operator.floordiv,
    "mod-int": operator.mod,
    "truncatemod-int": torch.fmod,
    "truediv-int": operator.truediv,
    "v1-div-int": lambda x, y: torch.div(x, y, rounding_mode="trunc"),
    "floordiv-int-by-0": operator.floordiv,
    "mod-int-by-0": operator.mod,
    "floordiv-float-by-0": operator.floordiv,
    "mod-float": operator.mod,
    "int32-overflow": operator.add,
    "abs-of-int-min": torch.abs,
    "uint8-overflow": operator.add,
    "int-pow-negative": torch.pow,
    "int-pow-0-0": torch.pow,
    "shift-too-far": torch.bitwise_left_shift,
    "cast-float-to-int32": lambda x: x.to(torch.int32),
    "cast-float-to-int64": lambda x: x.to(torch.int64),
    "cast-float-to-uint8": lambda x: x.to(torch.uint8),
    "cast-float-to-bool": lambda x: x.to(torch.bool),
    "round-half": torch.round,
    "bool-minus-bool": operator.sub,
    "bool-plus-bool": operator.add,
    "mean-of-int": torch.mean,
    "sum-of-int32": torch.sum,
    "sum-of-uint8": torch.sum,
    "sum-of-bool": torch.sum,
    "sum-of-float16": torch.sum,
    "sqrt-of-int": torch.sqrt,
    "argmax-dtype": torch.argmax,
    "size-dtype": lambda x: torch.tensor(x.numel()),
}
