"""What is answered when a gradient is asked for."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F


def _unconnected(x, z):
    x.requires_grad_(), z.requires_grad_()
    return torch.autograd.grad(x * x, [x, z], allow_unused=True)


def _of_list(x):
    x.requires_grad_()
    return torch.autograd.grad([x * x, 3 * x], x)


def _table(table):
    table.requires_grad_()
    F.embedding(torch.tensor([0, 0, 2]), table).sum().backward()
    return table.grad


def _second(fn):
    def ask(x):
        x.requires_grad_()
        (first,) = torch.autograd.grad(fn(x), x, create_graph=True)
        return first, torch.autograd.grad(first.sum(), x)[0]

    return ask


def _of_vector(x):
    return torch.autograd.grad(torch.stack([x, 2 * x]), x)


def _segment_products(x):
    return torch.ones(2).scatter_reduce(0, torch.tensor([0, 0, 1]), x, "prod").sum()


TABLE: dict[str, Any] = {
    "gradient-unconnected": _unconnected,
    "gradient-of-vector": _of_vector,
    "gradient-of-list": _of_list,
    "gradient-of-int-twice": lambda x: x.requires_grad_(),
    "gradient-of-int": lambda x: x.requires_grad_(),
    "gradient-through-cast": lambda x: x.int().float() * x,
    "gradient-of-cast-alone": lambda x: x.int().float(),
    "gradient-of-table": _table,
    "second-derivative-of-relu-squared": _second(lambda x: torch.relu(x) ** 2),
    "second-derivative-of-product": _second(torch.prod),
    "second-derivative-of-segment-product": _second(_segment_products),
    "second-derivative-of-segment-product-with-two-zeros": _second(_segment_products),
}
