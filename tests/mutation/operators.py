"""What a mutant is: one small change of a function's syntax tree (after Offutt et al., 1996, "sufficient" operators)."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any, TypeGuard

_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_PAIRS = (
    ("min", "max"),
    ("minimum", "maximum"),
    ("amin", "amax"),
    ("any", "all"),
    ("floor", "ceil"),
    ("zeros", "ones"),
    ("zeros_like", "ones_like"),
    ("sin", "cos"),
    ("argmin", "argmax"),
    ("logical_and", "logical_or"),
    ("less", "less_equal"),
    ("greater", "greater_equal"),
    ("sum", "mean"),
    ("add", "sub"),
    ("mul", "truediv"),
    ("reduce_min", "reduce_max"),
)
_NAMES = {a: b for pair in _PAIRS for a, b in (pair, pair[::-1])}
_COMMUTATIVE = {"add", "mul", "equal", "not_equal", "logical_and", "logical_or", "logical_xor"}
_COMMUTATIVE |= {"compatible", "merge", "broadcast"}  # of shapes: tests/test_mutation_tool.py
_COMMUTATIVE_NAMES = {"max", "min"}  # Python's own, of numbers
_UNTOUCHED = (ast.Raise, ast.JoinedStr, ast.Assert)


@dataclass(frozen=True)
class Mutant:
    """A change at a line of a file: in which function it lies, and what it does in words."""

    path: Path
    function: str
    first_line: int
    line: int
    what: str
    change: Callable[[], Callable[[], None]]

    def __str__(self) -> str:
        return f"{self.path.name}:{self.line} {self.function}: {self.what}"


def _put(owner: Any, field: str, value: Any, index: int | None = None) -> Callable[[], Callable[[], None]]:
    """A change that puts `value` into a node's field and answers with what undoes it."""

    def change() -> Callable[[], None]:
        holder = getattr(owner, field)
        if index is None:
            setattr(owner, field, value)
            return lambda: setattr(owner, field, holder)
        old = holder[index]
        holder[index] = value
        return lambda: holder.__setitem__(index, old)

    return change


def _without(owner: Any, field: str, index: int) -> Callable[[], Callable[[], None]]:
    def change() -> Callable[[], None]:
        holder = getattr(owner, field)
        old = holder.pop(index)
        return lambda: holder.insert(index, old)

    return change


Change = tuple[str, Callable[[], Callable[[], None]]]


def _of_expression(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        new = _ARITHMETIC[type(node.op)]
        yield f"{type(node.op).__name__} becomes {new.__name__}", _put(node, "op", new())
    elif isinstance(node, ast.Compare):
        for i, op in enumerate(node.ops):
            new_op = _COMPARISONS[type(op)]
            yield f"{type(op).__name__} becomes {new_op.__name__}", _put(node, "ops", new_op(), i)
    elif isinstance(node, ast.BoolOp):
        other = ast.Or if isinstance(node.op, ast.And) else ast.And
        yield f"{type(node.op).__name__} becomes {other.__name__}", _put(node, "op", other())
    elif isinstance(node, ast.Constant) and type(node.value) in (bool, int, float):
        value = not node.value if isinstance(node.value, bool) else node.value + 1
        yield f"{node.value!r} becomes {value!r}", _put(node, "value", value)
    elif isinstance(node, ast.Attribute) and node.attr in _NAMES:
        yield f".{node.attr} becomes .{_NAMES[node.attr]}", _put(node, "attr", _NAMES[node.attr])
    elif isinstance(node, ast.Name) and node.id in _NAMES and isinstance(node.ctx, ast.Load):
        yield f"{node.id} becomes {_NAMES[node.id]}", _put(node, "id", _NAMES[node.id])
    elif isinstance(node, (ast.If, ast.IfExp)):
        yield "the condition is negated", _put(node, "test", ast.UnaryOp(ast.Not(), node.test))
    elif isinstance(node, ast.Slice):
        for bound in ("lower", "upper"):
            if getattr(node, bound) is not None:
                yield f"a slice without its {bound} bound", _put(node, bound, None)
    elif isinstance(node, ast.Call):
        yield from _of_call(node)


def _of_call(node: ast.Call) -> Iterator[Change]:
    called = _name_of(node.func)
    plain = not any(isinstance(a, ast.Starred) for a in node.args)
    either = called in _COMMUTATIVE or (isinstance(node.func, ast.Name) and called in _COMMUTATIVE_NAMES)
    if len(node.args) == 2 and plain and not either:
        yield "the two arguments are swapped", _put(node, "args", node.args[::-1])
    for i, keyword in enumerate(() if _is_zip(node) else node.keywords):
        if keyword.arg is not None:
            yield f"without the argument {keyword.arg}", _without(node, "keywords", i)


def _name_of(function: ast.expr) -> str:
    """Of f, module.f, and OPS["f"]."""
    if isinstance(function, ast.Subscript):
        return str(getattr(function.slice, "value", ""))
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _of_children(node: ast.AST) -> Iterator[Change]:
    """Changes that put another node in the place of a child: a sign or a `not` dropped, a statement left out."""
    for field, value in ast.iter_fields(node):
        for i, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(child, ast.UnaryOp) and isinstance(child.op, (ast.Not, ast.USub)):
                if not isinstance(child.operand, ast.Constant):
                    what = f"without {'not' if isinstance(child.op, ast.Not) else '-'}"
                    yield what, _put(node, field, child.operand, i)
            elif isinstance(child, (ast.AugAssign, ast.Delete)) or (
                isinstance(child, ast.Expr) and isinstance(child.value, ast.Call)
            ):
                yield f"without the statement `{ast.unparse(child)[:60]}`", _put(node, field, ast.Pass(), i)


def _touched(function: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function's body, those of inner functions included; not annotations, defaults, error texts and assertions.

    zip's `strict` is one: it says what holds, and without it nothing that holds is other.
    """
    todo: list[ast.AST] = list(reversed(getattr(function, "body", [])))
    while todo:
        node = todo.pop()
        if isinstance(node, _UNTOUCHED) or (isinstance(node, ast.FunctionDef) and _draws_inputs(node)):
            continue
        yield node
        if _is_zip(node):
            todo.extend(reversed(node.args))
            continue
        for field, value in reversed(list(ast.iter_fields(node))):
            if field in ("annotation", "returns", "decorator_list", "args") and not isinstance(node, ast.Call):
                continue
            children = value if isinstance(value, list) else [value]
            todo.extend(c for c in reversed(children) if isinstance(c, ast.AST))


def _is_zip(node: ast.AST) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "zip"


def _functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Functions and methods that are objects of their own, with their qualified names."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef):
                    yield f"{node.name}.{inner.name}", inner


def _draws_inputs(function: ast.FunctionDef) -> bool:
    """Whether it belongs to an op's `cases`: another input is no fault."""
    names = [a.arg for a in function.args.args]
    return names[:2] == ["draw", "gen"]


def mutants(path: Path) -> Iterator[tuple[Mutant, ast.Module]]:
    """Every mutant of a source file, with the tree that its change is made in."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for name, function in _functions(tree):
        if name.endswith(("__repr__", "__str__")) or _draws_inputs(function):
            continue
        first = min([function.lineno, *(d.lineno for d in function.decorator_list)])
        for node in [function, *_touched(function)]:
            inside = () if node is function else _of_expression(node)
            for what, change in (*inside, *_of_children(node)):
                line = getattr(node, "lineno", function.lineno)
                yield Mutant(path, name, first, line, what, change), tree


@contextmanager
def changed(mutant: Mutant, tree: ast.Module) -> Iterator[CodeType | None]:
    """The code object of the mutant's function while it is changed; None when the change does not compile."""
    undo = mutant.change()
    try:
        try:
            module = compile(ast.fix_missing_locations(tree), str(mutant.path), "exec")
        except (SyntaxError, ValueError, TypeError):
            yield None
            return
        yield find_code(module, mutant.function, mutant.first_line)
    finally:
        undo()


def find_code(module: CodeType, name: str, first_line: int) -> CodeType | None:
    """The code object of a function, by its qualified name and first line."""
    todo = [module]
    while todo:
        code = todo.pop()
        if code.co_name == name.rpartition(".")[2] and code.co_firstlineno == first_line:
            return code
        todo.extend(c for c in code.co_consts if isinstance(c, CodeType))
    return None
