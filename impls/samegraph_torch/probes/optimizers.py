"""torch.optim: formulas, defaults, sparse gradients."""

from __future__ import annotations

import inspect
from typing import Any

import torch
from samegraph.divergences import SETTINGS as S
from samegraph.divergences import attempt

BETAS = (S.beta1, S.beta2)


def _follow(make):
    """The parameters after each step."""

    def trajectory(start, gradients, rates):
        p = torch.nn.Parameter(torch.tensor(start))
        optimizer, out = make(p), []
        for g, rate in zip(gradients, rates):
            for group in optimizer.param_groups:
                group["lr"] = float(rate)
            p.grad = torch.tensor(g)
            optimizer.step()
            out.append(p.detach().clone())
        return torch.stack(out)

    return trajectory


def _sparse(make):
    """A table after each step, its gradient sparse and dense."""

    def both(*given):
        ids, rows, dense = given[:4], given[4:8], given[8:]
        slopes = [torch.sparse_coo_tensor(i[None], torch.tensor(r)[:, None], (2, 1)) for i, r in zip(ids, rows)]
        return {"sparse": attempt(lambda: run(slopes)), "dense": attempt(lambda: run(map(torch.tensor, dense)))}

    def run(slopes):
        table = torch.nn.Parameter(torch.ones(2, 1, dtype=torch.float64))
        optimizer, out = make(table), []
        for slope in slopes:
            table.grad = slope
            optimizer.step()
            out.append(table.detach()[:, 0].clone())
        return torch.stack(out)

    return both


def _defaults(optimizer, **names):
    def read():
        found = {k: p.default for k, p in inspect.signature(optimizer).parameters.items()}
        beta = dict(zip(("beta1", "beta2"), found.get("betas", ())))
        return {k: float(beta[k] if k in beta else found[n]) for k, n in names.items()}

    return lambda: read()


def _adam(cls=torch.optim.Adam, **more):
    return _follow(lambda p: cls([p], 0.1, betas=BETAS, eps=S.epsilon, **more))


def _sgd(**more):
    return _follow(lambda p: torch.optim.SGD([p], 0.1, **more))


def _rmsprop(**more):
    return _follow(lambda p: torch.optim.RMSprop([p], 0.1, alpha=S.decay, eps=S.epsilon, **more))


def _adagrad(**more):
    return _follow(lambda p: torch.optim.Adagrad([p], 0.1, eps=S.epsilon, **more))


TABLE: dict[str, Any] = {
    "sgd-formula": _sgd(),
    "momentum-formula": _sgd(momentum=S.momentum),
    "nesterov-formula": _sgd(momentum=S.momentum, nesterov=True),
    "adagrad-formula": _adagrad(),
    "adagrad-accumulator-formula": _adagrad(initial_accumulator_value=0.1),
    "rmsprop-momentum-formula": _rmsprop(momentum=S.momentum),
    "rmsprop-centered-formula": _rmsprop(centered=True),
    "adam-formula": _adam(),
    "adamw-formula": _adam(torch.optim.AdamW, weight_decay=S.weight_decay),
    "adam-weight-decay-formula": _adam(weight_decay=S.weight_decay),
    "sgd-weight-decay-formula": _sgd(weight_decay=S.weight_decay),
    "momentum-weight-decay-formula": _sgd(momentum=S.momentum, weight_decay=S.weight_decay),
    "adadelta-formula": _follow(lambda p: torch.optim.Adadelta([p], 0.1, rho=S.decay, eps=S.epsilon)),
    "adamax-formula": _adam(torch.optim.Adamax),
    "sgd-defaults": _defaults(torch.optim.SGD, rate="lr"),
    "momentum-defaults": _defaults(torch.optim.SGD, rate="lr", momentum="momentum"),
    "adagrad-defaults": _defaults(
        torch.optim.Adagrad, rate="lr", accumulator="initial_accumulator_value", epsilon="eps"
    ),
    "rmsprop-defaults": _defaults(torch.optim.RMSprop, rate="lr", decay="alpha", momentum="momentum", epsilon="eps"),
    "adam-defaults": _defaults(torch.optim.Adam, rate="lr", beta1="", beta2="", epsilon="eps"),
    "adamw-defaults": _defaults(
        torch.optim.AdamW, rate="lr", beta1="", beta2="", epsilon="eps", weight_decay="weight_decay"
    ),
    "adadelta-defaults": _defaults(torch.optim.Adadelta, rate="lr", decay="rho", epsilon="eps"),
    "adamax-defaults": _defaults(torch.optim.Adamax, rate="lr", beta1="", beta2="", epsilon="eps"),
    "sgd-sparse": _sparse(lambda p: torch.optim.SGD([p], 0.1)),
    "momentum-sparse": _sparse(lambda p: torch.optim.SGD([p], 0.1, momentum=0.9)),
    "adagrad-sparse": _sparse(lambda p: torch.optim.Adagrad([p], 0.1)),
    "rmsprop-sparse": _sparse(lambda p: torch.optim.RMSprop([p], 0.1)),
    "adam-sparse": _sparse(lambda p: torch.optim.Adam([p], 0.1)),
    "adam-lazy-sparse": _sparse(lambda p: torch.optim.SparseAdam([p], 0.1)),
}
