"""Turns the text of an expression into a function, or refuses it.

The text is parsed by Python's parser, and each part that is allowed becomes a closure of ours: nothing is handed to
`eval`, and there is no way to Python's own attributes. No part loops except `any`, `all`, `sum`, `min` and `max` over a
generator, whose steps are counted.
"""

from __future__ import annotations

import ast
import time
from collections.abc import Callable, Iterator, Mapping
from typing import NoReturn

from rowtide.errors import ConfigError, DataError
from rowtide.transforms.expressions.access import METHODS, attribute, item, method, section
from rowtide.transforms.expressions.operators import BINARY, COMPARE, FUNCTIONS, UNARY

Names = Mapping[str, object]
Evaluate = Callable[["Scope"], object]

_LENGTH_MAX = 10_000
_DEPTH_MAX = 60
_STEPS_MAX = 100_000
_SECONDS_MAX = 1.0
_CONSTANTS = {"null": None, "true": True, "false": False}


class Budget:
    """The steps of loops that one evaluation may make, in number and in time."""

    __slots__ = ("_deadline", "_left")

    def __init__(self) -> None:
        self._left = _STEPS_MAX
        self._deadline = 0.0

    def step(self) -> None:
        now = time.monotonic()
        self._deadline = self._deadline or now + _SECONDS_MAX
        self._left -= 1
        if self._left < 0 or now > self._deadline:
            raise DataError(f"the loops of the expression make more than {_STEPS_MAX} steps or take over a second")


class Scope:
    """The names of one evaluation or of one step of a loop."""

    __slots__ = ("budget", "names")

    def __init__(self, names: Names, budget: Budget) -> None:
        self.names = names
        self.budget = budget

    def inner(self, name: str, value: object) -> Scope:
        self.budget.step()
        return Scope({**self.names, name: value}, self.budget)


class Expression:
    """A compiled expression."""

    def __init__(self, text: str, names: frozenset[str]) -> None:
        """Raises ConfigError for a text that is none, or that uses what expressions must not or other names."""
        self._evaluate = _Compiler(text, names).compile()

    def __call__(self, names: Names) -> object:
        """Raises DataError for operations on values of the wrong types and the like."""
        try:
            return self._evaluate(Scope(names, Budget()))
        except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
            raise DataError(str(error)) from error


class _Compiler:
    def __init__(self, text: str, names: frozenset[str]) -> None:
        self._text = text
        self._names = names

    def compile(self) -> Evaluate:
        if len(self._text) > _LENGTH_MAX:
            raise ConfigError(f"The expression is longer than {_LENGTH_MAX} characters.")
        try:
            tree = ast.parse(self._text.strip(), mode="eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise ConfigError(f"Failed to parse expression '{self._text}'", hint=_why(self._text, error)) from error
        return self._part(tree.body, self._names, 0)

    def _part(self, node: ast.expr, names: frozenset[str], depth: int) -> Evaluate:
        if depth > _DEPTH_MAX:
            raise ConfigError(f"Failed to parse expression '{self._text}'", hint="It is nested too deeply.")
        compile_node = _NODES.get(type(node))
        if compile_node is None:
            self._refuse(node)
        return compile_node(self, node, names, depth + 1)

    def _refuse(self, node: ast.AST, problem: str = "is not allowed in expressions") -> NoReturn:
        shown = ast.get_source_segment(self._text.strip(), node) or type(node).__name__
        raise ConfigError(f"Failed to parse expression '{self._text}'", hint=f"`{shown}` {problem}.")

    def _constant(self, node: ast.Constant, _names: frozenset[str], _depth: int) -> Evaluate:
        value = node.value
        if not isinstance(value, str | int | float | bytes | None):
            self._refuse(node)
        return lambda _: value

    def _name(self, node: ast.Name, names: frozenset[str], _depth: int) -> Evaluate:
        name = node.id
        if name in names:
            return lambda scope: scope.names[name]
        if name in _CONSTANTS:
            constant = _CONSTANTS[name]
            return lambda _: constant
        return self._refuse(node, f"is unknown; there are {', '.join(sorted(names))}")

    def _attribute(self, node: ast.Attribute, names: frozenset[str], depth: int) -> Evaluate:
        value, name = self._part(node.value, names, depth), node.attr
        return lambda scope: attribute(value(scope), name)

    def _subscript(self, node: ast.Subscript, names: frozenset[str], depth: int) -> Evaluate:
        value = self._part(node.value, names, depth)
        if isinstance(node.slice, ast.Slice):
            first, last = self._bound(node.slice.lower, names, depth), self._bound(node.slice.upper, names, depth)
            if node.slice.step is not None:
                self._refuse(node)
            return lambda scope: section(value(scope), first(scope), last(scope))
        key = self._part(node.slice, names, depth)
        return lambda scope: item(value(scope), key(scope))

    def _bound(self, node: ast.expr | None, names: frozenset[str], depth: int) -> Evaluate:
        return (lambda _: None) if node is None else self._part(node, names, depth)

    def _binary(self, node: ast.BinOp, names: frozenset[str], depth: int) -> Evaluate:
        operation = BINARY.get(type(node.op))
        if operation is None:
            self._refuse(node)
        left, right = self._part(node.left, names, depth), self._part(node.right, names, depth)
        return lambda scope: operation(left(scope), right(scope))

    def _unary(self, node: ast.UnaryOp, names: frozenset[str], depth: int) -> Evaluate:
        operation = UNARY.get(type(node.op))
        if operation is None:
            self._refuse(node)
        operand = self._part(node.operand, names, depth)
        return lambda scope: operation(operand(scope))

    def _boolean(self, node: ast.BoolOp, names: frozenset[str], depth: int) -> Evaluate:
        parts = [self._part(value, names, depth) for value in node.values]
        stops_at = isinstance(node.op, ast.Or)

        def evaluate(scope: Scope) -> object:
            result: object = None
            for part in parts:
                result = part(scope)
                if bool(result) is stops_at:
                    break
            return result

        return evaluate

    def _compare(self, node: ast.Compare, names: frozenset[str], depth: int) -> Evaluate:
        first = self._part(node.left, names, depth)
        rest = [
            (COMPARE[type(op)], self._part(right, names, depth))
            for op, right in zip(node.ops, node.comparators, strict=True)
        ]

        def evaluate(scope: Scope) -> object:
            left = first(scope)
            for operation, part in rest:
                right = part(scope)
                if not operation(left, right):
                    return False
                left = right
            return True

        return evaluate

    def _choice(self, node: ast.IfExp, names: frozenset[str], depth: int) -> Evaluate:
        test, body, other = (self._part(each, names, depth) for each in (node.test, node.body, node.orelse))
        return lambda scope: body(scope) if test(scope) else other(scope)

    def _list(self, node: ast.List | ast.Tuple | ast.Set, names: frozenset[str], depth: int) -> Evaluate:
        parts = [self._part(each, names, depth) for each in node.elts]
        return lambda scope: tuple(part(scope) for part in parts)

    def _call(self, node: ast.Call, names: frozenset[str], depth: int) -> Evaluate:
        if node.keywords:
            self._refuse(node)
        arguments = [self._argument(each, names, depth) for each in node.args]
        if isinstance(node.func, ast.Attribute):
            name = node.func.attr
            if name not in METHODS:
                self._refuse(node, f"is not allowed; there are the methods {', '.join(sorted(METHODS))}")
            value = self._part(node.func.value, names, depth)
            return lambda scope: method(value(scope), name)(*(argument(scope) for argument in arguments))
        function = FUNCTIONS.get(node.func.id) if isinstance(node.func, ast.Name) else None
        if function is None:
            self._refuse(node, f"is not allowed; there are the functions {', '.join(sorted(FUNCTIONS))}")
        return lambda scope: function(*(argument(scope) for argument in arguments))

    def _argument(self, node: ast.expr, names: frozenset[str], depth: int) -> Evaluate:
        """An argument may be a generator of one loop."""
        if not isinstance(node, ast.GeneratorExp):
            return self._part(node, names, depth)
        loop = node.generators[0]
        if len(node.generators) > 1 or loop.is_async or not isinstance(loop.target, ast.Name):
            self._refuse(node)
        name = loop.target.id
        values = self._part(loop.iter, names, depth)
        inner = names | {name}
        conditions = [self._part(each, inner, depth) for each in loop.ifs]
        result = self._part(node.elt, inner, depth)

        def generate(scope: Scope) -> Iterator[object]:
            iterable = values(scope)
            if not isinstance(iterable, list | tuple):
                raise DataError("`for` goes over lists")
            for value in iterable:
                within = scope.inner(name, value)
                if all(condition(within) for condition in conditions):
                    yield result(within)

        return generate


_NODES: dict[type[ast.expr], Callable[..., Evaluate]] = {
    ast.Constant: _Compiler._constant,
    ast.Name: _Compiler._name,
    ast.Attribute: _Compiler._attribute,
    ast.Subscript: _Compiler._subscript,
    ast.BinOp: _Compiler._binary,
    ast.UnaryOp: _Compiler._unary,
    ast.BoolOp: _Compiler._boolean,
    ast.Compare: _Compiler._compare,
    ast.IfExp: _Compiler._choice,
    ast.List: _Compiler._list,
    ast.Tuple: _Compiler._list,
    ast.Set: _Compiler._list,
    ast.Call: _Compiler._call,
}


def _why(text: str, error: Exception) -> str:
    if any(sign in text for sign in ("&&", "||", "?.", "!value", "===")):
        return "It is written as for Groovy or JavaScript; Python has `and`, `or`, `not`, `==` and `a if b else c`."
    return f"It is no expression of Python: {error}."
