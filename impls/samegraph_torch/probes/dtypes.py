"""Dtype promotion and defaults."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import torch

SUMS = (
    "int32-plus-float32 int64-plus-float32 int32-plus-float64 float32-plus-float64 float16-plus-float32 uint8-plus-int8 "
    "int32-plus-int64 bool-plus-float32 float32-plus-float64-scalar"
)

TABLE: dict[str, Any] = {
    "float32-plus-python-float": lambda x: x + 1.5,
    "float32-plus-python-int": lambda x: x + 1,
    "int32-plus-python-float": lambda x: x + 1.5,
    "bool-plus-python-int": lambda x: x + 1,
    **dict.fromkeys(SUMS.split(), operator.add),
    "int8-plus-python-300": lambda x: (x + 300).dtype,
    "float16-plus-bfloat16": lambda: torch.ones(1, dtype=torch.float16) + torch.ones(1, dtype=torch.bfloat16),
    "python-float-dtype": lambda: torch.tensor(1.5),
    "python-int-dtype": lambda: torch.tensor(1),
    "numpy-float64-dtype": lambda: torch.tensor(np.ones(1)),
    "arange-dtypes": lambda: (torch.arange(3), torch.arange(3.0)),
    "feed-float-into-int": lambda: torch.tensor(1.7, dtype=torch.int32),
    "python-int-beyond-int32": lambda: torch.tensor(2**40),
    "concat-int-float": lambda: torch.cat([torch.tensor([1]), torch.tensor([1.0])]),
    "where-int-float": lambda: torch.where(torch.tensor([True]), torch.tensor([1]), torch.tensor([1.0])),
}
