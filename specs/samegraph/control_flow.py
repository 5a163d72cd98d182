"""cond, case, while_loop, map_fn, foldl, foldr and scan, built of Cond, While and Scan. Experimental."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from .blocks import nest
from .blocks.structured import (
    STRUCTURED,
    body_input,
    fits,
    inner,
    make_cond,
    make_scan,
    make_while,
    move,
    new_block,
)
from .gradients import axis_is_first
from .graph import Block, Operation, Tensor, ancestors, get_default_graph
from .op import as_tensor, static_value
from .registry import OPS
from .types import BOOL, INT64, INTEGERS, ShapeError, TensorType, as_dtype, as_shape, compatible, shape_text

Branch = Callable[[], Any]

# cond -------------------------------------------------------------------------------------------------------------------


def cond(pred: Any, true_fn: Branch, false_fn: Branch, strict: bool = False, name: str | None = None) -> Any:
    """What `true_fn` returns where `pred` holds, else what `false_fn` returns; only one of them runs (TF1: tf.cond).

    pred: a scalar boolean tensor. The functions take nothing and return one structure of tensors of the same dtypes; an
    operation in it runs with its branch and is answered by `pred`. What they use from around runs whichever branch is taken.
    A single tensor in a list comes without its list, unless `strict`. Raises TypeError for a `pred` or functions of another
    kind, ValueError for branches that differ.
    """
    if isinstance(pred, bool):
        raise TypeError("'pred' must not be a Python bool.")
    for given, what in ((true_fn, "true_fn"), (false_fn, "false_fn")):
        if not callable(given):
            raise TypeError(f"'{what}' must be callable.")
    graph = get_default_graph()
    with graph.name_scope(name or "cond") as scope:
        truth = _truth(as_tensor(pred), "cond: 'pred'")
        (yes, first), (no, second) = (
            _branch(fn, truth, what, strict) for fn, what in ((true_fn, "true_fn"), (false_fn, "false_fn"))
        )
        nest.assert_same(first, second)
        _check_dtypes(yes, no)
        _gather_before(truth, (yes, no))
        made = make_cond(truth, (yes, no), scope)
    return nest.pack(first, made.outputs)


def _truth(t: Tensor, what: str) -> Tensor:
    if t.dtype != BOOL:
        raise TypeError(f"{what} must hold a bool, got {t.name}, which holds {t.dtype.name}; compare it with something")
    if not compatible(t.type.shape, ()):
        raise ValueError(
            f"{what} must be a scalar, got {t.name} of shape {t.shape}; reduce it with tf.reduce_all or tf.reduce_any"
        )
    return t


def _branch(fn: Branch, pred: Tensor, what: str, strict: bool) -> tuple[Block, Any]:
    with new_block() as block:
        answer = fn()
        if answer is None:
            raise ValueError(f"'{what}' must have a return value.")
        if not strict and isinstance(answer, (list, tuple)) and len(answer) == 1:
            answer = answer[0]
        leaves = nest.flatten(answer)
        if not leaves:
            raise ValueError("'true_fn' and 'false_fn' must return at least one result.")
        block.outputs = [_result(leaf, pred) for leaf in leaves]
    return block, answer


def _result(leaf: Any, pred: Tensor) -> Tensor:
    if isinstance(leaf, Operation):
        with get_default_graph().control_dependencies([leaf]):
            return OPS["identity"](pred)
    return as_tensor(leaf)


def _gather_before(pred: Tensor, branches: tuple[Block, Block]) -> None:
    """Moves the gathers from trainable tables by ids from around the branches to a cond of their own.

    So their rows have a value outside, and the gradient of a table that is only gathered from is IndexedSlices.
    """
    for k, block in enumerate(branches):
        for op in inner(block):
            if _picks_rows(op) and all(t.op.block is not block for t in op.inputs):
                with _made_for(op):
                    _replace(block, op.outputs[0], _rows(pred, op, taken_first=k == 0))


def _gather_all(body: Block, elems: list[Tensor]) -> list[Tensor]:
    """The elements to go through; where a body gathers from a trainable table by its element, the rows of all elements too."""
    found = list(elems)
    slices = body.inputs[len(body.inputs) - len(elems) :]
    for op in inner(body):
        if _picks_rows(op) and op.inputs[1] in slices and op.inputs[0].op.block is not body:
            with _made_for(op):
                rows = OPS["gather"](op.inputs[0], elems[slices.index(op.inputs[1])])
                with get_default_graph().inside(body):
                    _replace(body, op.outputs[0], body_input(body, op.outputs[0].type, "Rows"))
            found.append(rows)
    return found


@contextmanager
def _made_for(op: Operation) -> Iterator[None]:
    """What is made inside reports the user's line of `op`."""
    op.graph.line = op.where
    try:
        yield
    finally:
        op.graph.line = None


def _picks_rows(op: Operation) -> bool:
    """Whether an operation gathers rows of a trainable variable."""
    if op.kernel != "gather" or not axis_is_first(op):
        return False
    t = op.inputs[0]
    while t.op.kernel == "identity" or t.op.type == "ReadVariableOp":
        t = t.op.inputs[0]
    return t.op.type == "VariableV2" and t.op.attrs["trainable"]


def _rows(pred: Tensor, gather: Operation, taken_first: bool) -> Tensor:
    """The rows that `gather` picks where its branch is taken, elsewhere as many zeros."""
    params, ids = gather.inputs
    with new_block() as taken:
        taken.outputs = [OPS["gather"](params, ids), OPS["identity"](ids)]
    with new_block() as other:
        sizes = OPS["concat"](OPS["shape"](ids), OPS["shape"](params)[1:], axis=0)
        other.outputs = [OPS["zeros"](sizes, dtype=params.dtype), OPS["zeros_like"](ids)]
    branches = (taken, other) if taken_first else (other, taken)
    made = make_cond(pred, branches, "gathered", attrs={"gathers": True})
    return made.outputs[0]


def _replace(block: Block, old: Tensor, new: Tensor) -> None:
    """Puts a tensor in another's place in a block that nobody runs yet."""
    block.outputs = [new if t is old else t for t in block.outputs]
    for op in block.operations:
        if op.type in STRUCTURED:
            for inside in op.attrs["blocks"]:
                _replace(inside, old, new)
        op.inputs = tuple(new if t is old else t for t in op.inputs)


def _check_dtypes(yes: Block, no: Block) -> None:
    for a, b in zip(yes.outputs, no.outputs, strict=True):
        if a.dtype != b.dtype:
            raise ValueError(
                f"Outputs of 'true_fn' and 'false_fn' must have the same type(s). Received {a.dtype.name} from 'true_fn' "
                f"({a.name}, made at {a.op.made_at}) and {b.dtype.name} from 'false_fn' ({b.name}, made at {b.op.made_at})."
            )


def case(
    pred_fn_pairs: Any, default: Branch | None = None, exclusive: bool = False, strict: bool = False, name: str = "case"
) -> Any:
    """What the function of the first predicate that holds returns, or `default` (TF1: tf.case).

    pred_fn_pairs: a list of (scalar boolean tensor, function), or a dict. Without a default, a run in which no predicate holds
    raises InvalidArgumentError; with `exclusive`, one in which several do. Raises TypeError for other pairs.
    """
    pairs = list(pred_fn_pairs.items()) if isinstance(pred_fn_pairs, dict) else list(pred_fn_pairs)
    for pair in pairs:
        if not isinstance(pair, tuple) or len(pair) != 2 or not callable(pair[1]):
            raise TypeError(f"Each entry of 'pred_fn_pairs' must be a tuple (predicate, function), got {pair!r}")
    if default is not None and not callable(default):
        raise TypeError("'default' must be callable.")
    if not pairs:
        raise ValueError("case: 'pred_fn_pairs' holds no pair")
    with get_default_graph().name_scope(name):
        preds = [_truth(as_tensor(p), "case: a predicate") for p, _ in pairs]
        if exclusive:
            preds = _checked(
                preds, "several predicates hold, and exclusive=True allows one", lambda n: OPS["less_equal"](n, 1)
            )
        if default is None:
            preds = _checked(preds, "no predicate holds, and there is no default", lambda n: OPS["greater"](n, 0))
        *pairs, (_, last) = pairs if default is None else [*pairs, (None, default)]
        return _chosen(list(zip(preds, (fn for _, fn in pairs), strict=False)), last, strict)()


_FEW = 4


def _chosen(pairs: list[tuple[Tensor, Branch]], default: Branch, strict: bool) -> Branch:
    """One cond in the other; of many pairs by halves, because a framework is slow to compile deep nests."""
    if len(pairs) > _FEW:
        half = len(pairs) // 2
        early = OPS["reduce_any"](OPS["stack"](*(p for p, _ in pairs[:half])))
        first, second = _chosen(pairs[: half - 1], pairs[half - 1][1], strict), _chosen(pairs[half:], default, strict)
        return lambda: cond(early, first, second, strict=strict)
    chosen = default
    for pred, fn in reversed(pairs):
        chosen = _choice(pred, fn, chosen, strict)
    return chosen


def _choice(pred: Tensor, fn: Branch, otherwise: Branch, strict: bool) -> Branch:
    return lambda: cond(pred, fn, otherwise, strict=strict)


def _checked(preds: list[Tensor], message: str, test: Callable[[Tensor], Tensor]) -> list[Tensor]:
    """The predicates, in runs where `test` holds for how many of them do."""
    count = OPS["reduce_sum"](OPS["cast"](OPS["stack"](*preds), dtype="int32"))
    holds = test(count)
    return [OPS["provided"](p, holds, message=message) for p in preds]


# while_loop -------------------------------------------------------------------------------------------------------------


def while_loop(
    cond: Callable[..., Any],
    body: Callable[..., Any],
    loop_vars: Any,
    shape_invariants: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
    maximum_iterations: Any = None,
    return_same_structure: bool = False,
) -> Any:
    """The loop variables after applying `body` to them while `cond` holds (TF1: tf.while_loop).

    cond: of the variables, a scalar boolean tensor. body: of the variables, their next values in the same structure, of the
    same dtypes, and shapes no less exact than those of `loop_vars` or, where given, `shape_invariants`. back_prop: whether
    gradients flow through. maximum_iterations: the loop stops after that many. parallel_iterations and swap_memory change
    nothing. A loop that counts `i < n` with an n made of constants and shapes has a known length: it may draw random values.
    A single variable comes without its list unless return_same_structure. Raises TypeError for another dtype or functions
    that cannot be called, ValueError for another structure or shape.
    """
    if not nest.flatten(loop_vars) or loop_vars is None:
        raise ValueError("'loop_vars' must be provided.")
    if not callable(cond) or not callable(body):
        raise TypeError(f"'{'body' if callable(cond) else 'cond'}' must be callable.")
    if not isinstance(parallel_iterations, int) or parallel_iterations < 1:
        raise TypeError("'parallel_iterations' must be a positive integer.")
    if not isinstance(loop_vars, (list, tuple)):
        loop_vars = [loop_vars]
        shape_invariants = None if shape_invariants is None else [shape_invariants]
    graph = get_default_graph()
    with graph.name_scope(name or "while") as scope:
        if maximum_iterations is not None:
            return _bounded(
                cond, body, loop_vars, shape_invariants, maximum_iterations, back_prop, scope, return_same_structure
            )
        init = [as_tensor(v) for v in nest.flatten(loop_vars)]
        types = _invariants(init, shape_invariants, loop_vars)
        test, step = _loop_blocks(cond, body, loop_vars, init, types)
        made = _made_loop(init, test, step, scope, {"while": True, "back_prop": back_prop})
    packed = nest.pack(loop_vars, made.outputs)
    return packed if return_same_structure or len(packed) > 1 else packed[0]


def _bounded(
    cond: Callable[..., Any],
    body: Callable[..., Any],
    loop_vars: Any,
    shape_invariants: Any,
    most: Any,
    back_prop: bool,
    scope: str,
    same: bool,
) -> Any:
    """The loop with a counter in front."""
    limit = as_tensor(most)
    if limit.dtype not in INTEGERS or not compatible(limit.type.shape, ()):
        raise ValueError(f"maximum_iterations must be a scalar integer, got {limit.name} {limit.type}")
    _, found = while_loop(
        lambda count, v: OPS["logical_and"](OPS["less"](count, limit), cond(*v)),
        lambda count, v: (OPS["add"](count, as_tensor(1, limit.dtype)), _sequence(body(*v), v)),
        (as_tensor(0, limit.dtype), loop_vars),
        None if shape_invariants is None else ((), shape_invariants),
        back_prop=back_prop,
        name=scope,
    )
    return found if same or len(found) > 1 else found[0]


def _sequence(answer: Any, like: Any) -> Any:
    """What a body answered, in the kind of sequence its variables came in."""
    items = answer if isinstance(answer, (list, tuple)) and not hasattr(answer, "_fields") else [answer]
    return type(like)(items) if type(like) in (list, tuple) else answer


def _invariants(init: Sequence[Tensor], shapes: Any, loop_vars: Any) -> list[TensorType]:
    if shapes is None:
        return [t.type for t in init]
    given = _shape_leaves(shapes, loop_vars)
    types = [TensorType(as_shape(s), t.dtype) for t, s in zip(init, given, strict=True)]
    for t, wanted in zip(init, types, strict=True):
        if not fits(t.type.shape, wanted.shape):
            raise ValueError(
                f"The shape invariant specified for {t.name} is not compatible with the initial shape of the loop variable. It "
                f"enters the loop with shape {shape_text(t.type.shape)}, but the specified shape invariant is {shape_text(wanted.shape)}."
            )
    return types


def _shape_leaves(shapes: Any, like: Any) -> list[Any]:
    """The shapes of the leaves of `like`; a shape may itself be written as a list."""
    if not nest.is_nested(like):
        return [shapes]
    keys = nest.keys(like)
    if not nest.is_nested(shapes) or nest.keys(shapes) != keys:
        raise ValueError(f"the shape_invariants {shapes} do not have the structure of the loop variables {like}")
    return [leaf for k in keys for leaf in _shape_leaves(shapes[k], like[k])]


def _loop_blocks(
    cond: Callable[..., Any],
    body: Callable[..., Any],
    loop_vars: Any,
    init: Sequence[Tensor],
    types: Sequence[TensorType],
) -> tuple[Block, Block]:
    names = _parameter_names(body, loop_vars, len(init))
    with new_block() as test:
        inside = [body_input(test, t, f"cond_{n}") for t, n in zip(types, names, strict=True)]
        test.outputs = [_truth(as_tensor(cond(*nest.pack(loop_vars, inside))), "while_loop: what 'cond' returns")]
    with new_block() as step:
        inside = [body_input(step, t, n) for t, n in zip(types, names, strict=True)]
        answer = _sequence(body(*nest.pack(loop_vars, inside)), loop_vars)
        nest.assert_same(list(loop_vars), list(answer))
        step.outputs = [as_tensor(v, t.dtype) for v, t in zip(nest.flatten(answer), types, strict=True)]
    for given, t, out in zip(init, types, step.outputs, strict=True):
        _check_next(given, t, out)
    return test, step


def _check_next(given: Tensor, wanted: TensorType, out: Tensor) -> None:
    if out.dtype != wanted.dtype:
        raise TypeError(
            f"loop variable {given.name} enters the loop as {wanted.dtype.name}, but is {out.dtype.name} after one iteration "
            f"({out.name}, made at {out.op.made_at}); tf.cast it"
        )
    if not fits(out.type.shape, wanted.shape):
        raise ValueError(
            f"Input tensor {given.name!r} enters the loop with shape {shape_text(wanted.shape)}, but has shape "
            f"{shape_text(out.type.shape)} after one iteration ({out.name}, made at {out.op.made_at}). To allow the shape to vary "
            "across iterations, use the `shape_invariants` argument of tf.while_loop to specify a less-specific shape."
        )


def _parameter_names(body: Callable[..., Any], loop_vars: Any, count: int) -> list[str]:
    """What the user calls the loop variables, where each is one parameter of `body`."""
    try:
        found = [
            p.name.lstrip("_") for p in inspect.signature(body).parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD
        ]
    except (TypeError, ValueError):
        found = []
    plain = len(found) == count == len(loop_vars) and all(found)
    return found if plain else ["Var"] * count


def _made_loop(init: list[Tensor], test: Block, step: Block, name: str, attrs: dict[str, Any]) -> Operation:
    """A Scan where the number of iterations follows from constants and shapes, so that it is known before a run; else a While."""
    length = _length(init, test, step)
    if length is None:
        return make_while(init, test, step, name, attrs)
    return make_scan(length, init, (), step, name, {**attrs, "reverse": False})


def _length(init: Sequence[Tensor], test: Block, step: Block) -> Tensor | None:
    """How often a loop runs that counts `i < n` by a constant; with several such conditions, until the first fails."""
    todo, found = [test.outputs[0]], list[Tensor]()
    while todo:
        t = todo.pop()
        if t.op.kernel == "logical_and":
            todo += t.op.inputs
            continue
        runs = _runs(t, init, test, step)
        if runs is None:
            return None
        found.append(runs)
    if len({t.dtype for t in found}) > 1:
        found = [OPS["cast"](t, dtype=INT64) for t in found]
    length, *others = found
    for other in others:
        length = OPS["minimum"](length, other)
    return length


def _runs(t: Tensor, init: Sequence[Tensor], test: Block, step: Block) -> Tensor | None:
    """How often the condition `t` holds, when it is `i < n` or `i <= n` and all it depends on is known before a run."""
    if t.op.kernel not in ("less", "less_equal"):
        return None
    i, n = t.op.inputs
    if i not in test.inputs or not _before_the_run(n):
        return None
    k = test.inputs.index(i)
    by = _step(step, k)
    if by is None or not _before_the_run(init[k]):
        return None
    most = _outside(n, test)
    if most is None:
        return None
    up = as_tensor(by - 1 if t.op.kernel == "less" else by, i.dtype)
    left = OPS["floordiv"](OPS["add"](OPS["sub"](most, init[k]), up), as_tensor(by, i.dtype))
    return OPS["maximum"](left, as_tensor(0, i.dtype))


def _outside(n: Tensor, test: Block) -> Tensor | None:
    """What has the value of `n` around the condition `test` too; None for the unknown size of a loop variable."""
    known = static_value(n.type)
    if known is not None and n.op.block is test:
        return as_tensor(known, n.dtype)
    inside = [op for op in ancestors([n]) if op.block is test]
    if any(op.type == "BodyInput" for op in inside):
        return None
    for op in inside:
        move(op, test.parent)
    return n


def _step(step: Block, k: int) -> int | None:
    """By how much an iteration raises variable k, when that is a positive constant."""
    added = step.outputs[k].op
    if added.kernel != "add" or step.inputs[k] not in added.inputs:
        return None
    by = added.inputs[1] if added.inputs[0] is step.inputs[k] else added.inputs[0]
    value = static_value(by.type)
    return value if isinstance(value, int) and value > 0 else None


def _before_the_run(t: Tensor) -> bool:
    """Whether a value follows from constants and shapes alone."""
    if static_value(t.type) is not None:
        return True
    shapes = {o.outputs[0] for o in ancestors([t]) if o.kernel in ("shape", "size", "rank")}
    behind = ancestors([t], stop=frozenset(i for s in shapes for i in s.op.inputs))
    return all(op.type == "Const" or op.kernel for op in behind)


# Over the elements of tensors -------------------------------------------------------------------------------------------


def map_fn(
    fn: Callable[..., Any],
    elems: Any,
    dtype: Any = None,
    parallel_iterations: int | None = None,
    back_prop: bool = True,
    swap_memory: bool = False,
    infer_shape: bool = True,
    name: str | None = None,
    fn_output_signature: Any = None,
) -> Any:
    """`fn` applied to each element along the first axis of `elems`, its answers stacked (TF1: tf.map_fn).

    elems: a tensor or a structure of tensors of one length; fn takes one such structure. dtype: the dtypes of what fn answers,
    in its structure; needed when that is another than the structure of `elems`. parallel_iterations, swap_memory and
    infer_shape change nothing. Raises TypeError for another dtype, ValueError for scalars, another structure or other lengths.
    """
    if not callable(fn):
        raise TypeError(f"The provided function {getattr(fn, '__name__', fn)} is not callable.fn must be callable.")
    wanted = fn_output_signature if fn_output_signature is not None else dtype
    with get_default_graph().name_scope(name or "map") as scope:
        given, length = _elements(elems)
        with new_block() as body:
            slices = [body_input(body, _slice(t.type), "Elem") for t in given]
            answer = fn(nest.pack(elems, slices))
            nest.assert_same(wanted if wanted is not None else elems, answer)
            body.outputs = [as_tensor(v) for v in nest.flatten(answer)]
        for t, d in zip(
            body.outputs, nest.flatten(wanted) if wanted is not None else [t.dtype for t in given], strict=True
        ):
            if t.dtype != as_dtype(d):
                raise TypeError(
                    f"map_fn: {t.name} holds {t.dtype.name}, but {as_dtype(d).name} is expected; say what fn answers with dtype="
                )
        made = make_scan(length, (), _gather_all(body, given), body, scope, {"reverse": False, "back_prop": back_prop})
    return nest.pack(answer, made.outputs)


def foldl(
    fn: Callable[..., Any],
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
) -> Any:
    """fn(...fn(fn(initializer, elems[0]), elems[1])...) (TF1: tf.foldl).

    Without an initializer the first element is it. Raises TypeError and ValueError as `scan` does.
    """
    return _folded(fn, elems, initializer, back_prop, name or "foldl", reverse=False)[0]


def foldr(
    fn: Callable[..., Any],
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
) -> Any:
    """As foldl, from the last element to the first (TF1: tf.foldr)."""
    return _folded(fn, elems, initializer, back_prop, name or "foldr", reverse=True)[0]


def scan(
    fn: Callable[..., Any],
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    infer_shape: bool = True,
    reverse: bool = False,
    name: str | None = None,
) -> Any:
    """Everything that foldl (with `reverse`, foldr) computes on its way, stacked along the first axis (TF1: tf.scan).

    fn: (accumulator, element) -> accumulator, in the structure of `initializer`; without one, the first element begins and is
    the first answer. Raises TypeError for an fn that cannot be called or another dtype, ValueError for another structure or
    shape.
    """
    return _folded(fn, elems, initializer, back_prop, name or "scan", reverse=reverse, stacks=True)[1]


def _folded(
    fn: Callable[..., Any],
    elems: Any,
    initializer: Any,
    back_prop: bool,
    name: str,
    reverse: bool,
    stacks: bool = False,
) -> tuple[Any, Any]:
    """(the last accumulator, all of them stacked)"""
    if not callable(fn):
        raise TypeError(f"The provided function {getattr(fn, '__name__', fn)} is not callable.fn must be callable.")
    with get_default_graph().name_scope(name) as scope:
        given, length = _elements(elems)
        like = elems if initializer is None else initializer
        first = [as_tensor(v) for v in nest.flatten(like)] if initializer is not None else []
        if initializer is None:
            first = [OPS["slice_at"](t, index=-1 if reverse else 0, axis=0) for t in given]
            rest, length = [_without(t, reverse) for t in given], OPS["sub"](length, as_tensor(1, length.dtype))
        else:
            rest = given
        types = [t.type for t in first]
        with new_block() as body:
            carried = [body_input(body, t, "Accumulator") for t in types]
            slices = [body_input(body, _slice(t.type), "Elem") for t in rest]
            answer = fn(nest.pack(like, carried), nest.pack(elems, slices))
            nest.assert_same(like, answer)
            new = [as_tensor(v, t.dtype) for v, t in zip(nest.flatten(answer), types, strict=True)]
            body.outputs = [*new, *new] if stacks else new
        for t, wanted, out in zip(first, types, new, strict=True):
            _check_next(t, wanted, out)
        made = make_scan(
            length, first, _gather_all(body, rest), body, scope, {"reverse": reverse, "back_prop": back_prop}
        )
        n = len(first)
        stacked: list[Tensor] = made.outputs[n : 2 * n] if stacks else []
        if stacks and initializer is None:
            heads = [OPS["expand_dims"](t, axis=0) for t in first]
            stacked = [
                OPS["concat"](*((s, h) if reverse else (h, s)), axis=0) for h, s in zip(heads, stacked, strict=True)
            ]
    return nest.pack(like, made.outputs), nest.pack(like, stacked) if stacks else None


def _without(t: Tensor, last: bool) -> Tensor:
    """All elements but the last, or but the first."""
    return t[:-1] if last else t[1:]


def _elements(elems: Any) -> tuple[list[Tensor], Tensor]:
    """The tensors to go through, and their length as a scalar."""
    given = [as_tensor(e) for e in nest.flatten(elems)]
    if not given:
        raise ValueError("elems holds no tensor")
    for t in given:
        if t.type.shape == ():
            raise ValueError("Elements in elems must be 1+ dimensional Tensors, not scalars")
        if t.type.shape is None:
            raise ShapeError(f"the rank of {t.name} is not known; give it a shape with set_shape")
    known = {t.type.dims[0] for t in given} - {None}
    if len(known) > 1:
        raise ValueError(
            f"Dimensions {' and '.join(map(str, sorted(known, key=str)))} are not compatible: elems differ in length"
        )
    if known:
        return given, as_tensor(known.pop())
    return given, OPS["shape"](given[0])[0]


def _slice(t: TensorType) -> TensorType:
    return TensorType(t.dims[1:], t.dtype)
