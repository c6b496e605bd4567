"""A file as units: the smallest statements that are run or skipped, each with what encloses it."""

import ast
from dataclasses import dataclass, field

from .names import eager, root, stored_names

_SPLIT = (ast.If, ast.With, ast.AsyncWith, ast.Try)


@dataclass(eq=False)
class Unit:
    """A statement, or the head of an `if`, `with` or `try` whose body is looked at by itself."""

    node: ast.AST
    index: int
    parent: "Unit | None" = None
    is_head: bool = False
    main_guard: bool = False
    binds: set[str] = field(default_factory=set)
    """Names that it binds."""
    eager_uses: set[str] = field(default_factory=set)
    """Names that it reads while it runs."""
    late_uses: set[str] = field(default_factory=set)
    """Names that functions and classes defined in it read when they are called."""
    mutates: set[str] = field(default_factory=set)
    """Names whose value it changes in place."""

    @property
    def line(self) -> int:
        """The first line, decorators included."""
        decorators = getattr(self.node, "decorator_list", [])
        first: int = self.node.lineno  # type: ignore[attr-defined]
        lines: list[int] = [first, *(d.lineno for d in decorators)]
        return min(lines)

    @property
    def end_line(self) -> int:
        """The last line; of a head, its first: the body speaks for itself."""
        return self.line if self.is_head else int(self.node.end_lineno)  # type: ignore[attr-defined]

    @property
    def conditional(self) -> bool:
        """Whether it may not run, or not as a whole."""
        parents = self.parents()
        return any(isinstance(p.node, (ast.If, ast.Try)) and not p.main_guard for p in parents) or (
            isinstance(self.node, (ast.For, ast.AsyncFor, ast.While, ast.AugAssign, ast.Match))
        )

    def parents(self) -> "list[Unit]":
        """Return what encloses it, from the inside out."""
        found, at = [], self.parent
        while at is not None:
            found.append(at)
            at = at.parent
        return found


def is_main_guard(node: ast.AST) -> bool:
    """Whether this is `if __name__ == "__main__":`."""
    if not isinstance(node, ast.If) or not isinstance(node.test, ast.Compare):
        return False
    sides = [node.test.left, *node.test.comparators]
    names = {side.id for side in sides if isinstance(side, ast.Name)}
    values = {side.value for side in sides if isinstance(side, ast.Constant)}
    is_equal = len(node.test.ops) == 1 and isinstance(node.test.ops[0], ast.Eq)
    return is_equal and names == {"__name__"} and values == {"__main__"}


def units_of(tree: ast.Module) -> list[Unit]:
    """Return a module's units in the order of the text."""
    units: list[Unit] = []
    _add(tree.body, None, units)
    return units


def _add(body: list[ast.stmt], parent: Unit | None, units: list[Unit]) -> None:
    for node in body:
        unit = Unit(node, len(units), parent)
        units.append(unit)
        if not isinstance(node, _SPLIT):
            unit.binds = stored_names(node)
            _read(node, unit)
            continue
        unit.is_head, unit.main_guard = True, is_main_guard(node)
        for part in _head(node):
            unit.binds |= stored_names(part)
            _read(part, unit)
        for block in _blocks(node):
            _add(block, unit, units)


def _head(node: ast.AST) -> list[ast.AST]:
    if isinstance(node, ast.If):
        return [node.test]
    if isinstance(node, (ast.With, ast.AsyncWith)):
        return list(node.items)
    assert isinstance(node, ast.Try)
    return [handler.type for handler in node.handlers if handler.type is not None]


def _blocks(node: ast.AST) -> list[list[ast.stmt]]:
    blocks = [getattr(node, "body", []), getattr(node, "orelse", [])]
    if isinstance(node, ast.Try):
        handlers = [handler.body for handler in node.handlers]
        blocks = [node.body, *handlers, node.orelse, node.finalbody]
    return [block for block in blocks if block]


def _read(node: ast.AST, unit: Unit) -> None:
    """Note the names that a node reads, at once and late."""
    at_once = set()
    for child in eager(node):
        at_once.add(id(child))
        if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Load):
            unit.eager_uses.add(child.id)
        elif isinstance(child, ast.Name) and isinstance(child.ctx, ast.Del):
            unit.mutates.add(child.id)
        elif isinstance(child, (ast.Attribute, ast.Subscript)) and not isinstance(
            child.ctx, ast.Load
        ):
            name = root(child)
            unit.mutates |= {name} if name else set()
        elif isinstance(child, ast.AugAssign) and isinstance(child.target, ast.Name):
            unit.mutates.add(child.target.id)
            unit.eager_uses.add(child.target.id)
    for child in ast.walk(node):
        if id(child) in at_once:
            continue
        if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Load):
            unit.late_uses.add(child.id)
    unit.late_uses |= _quoted_names(node)


def _quoted_names(node: ast.AST) -> set[str]:
    """Return names in strings that DSPy or Python read as types: signatures and annotations.

    A signature may name a class of the file, `"text -> label: Label"`; a needless one costs little.
    """
    names: set[str] = set()
    for child in ast.walk(node):
        if isinstance(child, ast.Constant) and isinstance(child.value, str):
            text = child.value
            if len(text) > 10_000 or not ("->" in text or text.isidentifier()):
                continue
            word = "".join(c if c.isalnum() or c == "_" else " " for c in text)
            names |= {part for part in word.split() if part.isidentifier()}
    return names
