"""Reads a correct program with Python's own `ast`, independently of the server, to seed mistakes in it."""

import ast
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

PREDICTORS = {"Predict", "ChainOfThought", "ReAct", "RLM"}
FIELD_CALLS = {"InputField", "OutputField"}


@dataclass(frozen=True)
class Mutant:
    """A program with one mistake.

    `lines` are the lines (from 1) that the finding must touch; `release` the dspy it runs with.
    """

    code: str
    name: str
    source: str
    lines: tuple[int, int]
    release: str | None = None


@dataclass
class Shape:
    """The fields of a signature: names to types as written (None without one)."""

    inputs: dict[str, str | None]
    outputs: dict[str, str | None]


@dataclass
class Bound:
    """A name that is bound to a predictor exactly once."""

    text: str  # `qa` or `self.answer`
    api: str
    call: ast.Call
    shape: Shape
    scope: ast.AST
    calls: list[ast.Call] = field(default_factory=list)
    reads: list[ast.Attribute] = field(default_factory=list)


class Scene:
    """One correct program: where its signatures, predictors, calls and reads are."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.source = path.read_text("utf-8")
        self.tree = ast.parse(self.source)
        self._lines = [0]
        for line in self.source.splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))
        self.parents = {
            child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)
        }
        self.dspy = "dspy" if re.search(r"^import dspy$", self.source, re.MULTILINE) else None
        self.classes = dict(self._signature_classes())
        self.bound = list(self._bindings())
        self.random = random.Random(path.name)

    # ------------------------------------------------------------------- offsets

    def start(self, node: ast.AST) -> int:
        return self._offset(node.lineno, node.col_offset)

    def end(self, node: ast.AST) -> int:
        return self._offset(node.end_lineno, node.end_col_offset)

    def text(self, node: ast.AST) -> str:
        return self.source[self.start(node) : self.end(node)]

    def _offset(self, line: int, column: int) -> int:
        text = self.source[self._lines[line - 1] :].split("\n", 1)[0]
        return self._lines[line - 1] + len(text.encode()[:column].decode())

    # ------------------------------------------------------------------- mutants

    def edit(self, code, start, end, new, *, also=(), release=None) -> Mutant:
        """A mutant in which [start, end) is `new`; `also` are further edits, none before it."""
        source = self.source
        for a, b, text in sorted([(start, end, new), *also], reverse=True):
            source = source[:a] + text + source[b:]
        first = source.count("\n", 0, start) + 1
        return Mutant(code, self.path.name, source, (first, first + new.count("\n")), release)

    def append(self, code, text, *, line=None, release=None) -> Mutant:
        """A mutant with statements at the end; `line` is the wrong one of them, from 0."""
        source = self.source.rstrip("\n") + "\n\n\n" + text.strip("\n") + "\n"
        first = source.rstrip("\n").count("\n") + 2 - len(text.strip("\n").split("\n"))
        at = first + (text.strip("\n").count("\n") if line is None else line)
        return Mutant(code, self.path.name, source, (at, at), release)

    def misspell(self, name: str, taken: set[str]) -> str:
        """A slip of the fingers that is no other name."""
        for _ in range(50):
            i = self.random.randrange(len(name))
            slip = self.random.choice(
                [name[:i] + name[i + 1 :], name[:i] + name[i] + name[i:], name + "s"]
                + ([name[:i] + name[i + 1] + name[i] + name[i + 2 :]] if i + 1 < len(name) else [])
            )
            if slip and slip.isidentifier() and slip not in taken and slip != name:
                return slip
        return name + "_x"

    # ------------------------------------------------------------------- reading

    def _signature_classes(self) -> Iterator[tuple[str, tuple[ast.ClassDef, Shape]]]:
        shapes: dict[str, Shape] = {}
        seen: dict[str, int] = {}
        for node in self.tree.body:
            if not isinstance(node, ast.ClassDef):
                continue
            seen[node.name] = seen.get(node.name, 0) + 1
            base = node.bases[0] if node.bases else None
            root = base is not None and last(base) == "Signature"
            if not root and not (base is not None and last(base) in shapes):
                continue
            shape = Shape({}, {}) if root else Shape(*map(dict, _sides(shapes[last(base)])))
            for statement, call in self.fields(node):
                target = (
                    statement.target
                    if isinstance(statement, ast.AnnAssign)
                    else statement.targets[0]
                )
                side = shape.inputs if last(call.func) == "InputField" else shape.outputs
                annotated = isinstance(statement, ast.AnnAssign)
                side[target.id] = self.text(statement.annotation) if annotated else None
            shapes[node.name] = shape
            yield node.name, (node, shape)

    def fields(self, node: ast.ClassDef) -> Iterator[tuple[ast.stmt, ast.Call]]:
        """The field declarations of a class body."""
        for statement in node.body:
            value = getattr(statement, "value", None)
            if (
                isinstance(statement, ast.Assign | ast.AnnAssign)
                and isinstance(value, ast.Call)
                and last(value.func) in FIELD_CALLS
            ):
                yield statement, value

    def _bindings(self) -> Iterator[Bound]:
        assigned: dict[str, list[tuple[ast.Assign, ast.AST]]] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Assign) and len(node.targets) == 1:
                text = self.text(node.targets[0])
                scope = self._class_or_module(node)
                if re.fullmatch(r"(self\.)?\w+", text):
                    assigned.setdefault(text, []).append((node, scope))
        ambiguous = [c.name for c in ast.walk(self.tree) if isinstance(c, ast.ClassDef)]
        for text, places in assigned.items():
            if len(places) != 1:
                continue
            node, scope = places[0]
            call = node.value
            if not isinstance(call, ast.Call) or last(call.func) not in PREDICTORS or not call.args:
                continue
            if not isinstance(self.parents[node], ast.Module | ast.FunctionDef):
                continue
            shape = self._shape(call.args[0])
            if shape is None or any(ambiguous.count(n) > 1 for n in names_in(call.args[0])):
                continue
            bound = Bound(text, last(call.func), call, shape, scope)
            self._uses(bound)
            yield bound

    def _class_or_module(self, node: ast.AST) -> ast.AST:
        while not isinstance(node, ast.ClassDef | ast.Module):
            node = self.parents[node]
        return node

    def function_of(self, node: ast.AST) -> ast.AST:
        while not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Module):
            node = self.parents[node]
        return node

    def _shape(self, node: ast.expr) -> Shape | None:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            left, _, right = node.value.partition("->")
            return Shape(split(left), split(right))
        if isinstance(node, ast.Name) and node.id in self.classes:
            return self.classes[node.id][1]
        return None

    def _uses(self, bound: Bound) -> None:
        for node in ast.walk(bound.scope):
            if not isinstance(node, ast.Call) or self.text(node.func) != bound.text:
                continue
            if node.args or any(k.arg is None for k in node.keywords):
                continue
            if {k.arg for k in node.keywords} - set(bound.shape.inputs):
                continue
            bound.calls.append(node)
            parent = self.parents[node]
            if isinstance(parent, ast.Attribute):
                bound.reads.append(parent)
            elif isinstance(parent, ast.Assign) and isinstance(parent.targets[0], ast.Name):
                bound.reads.extend(self._reads(parent.targets[0].id, self.function_of(node), node))
        bound.reads = [r for r in bound.reads if r.attr in bound.shape.outputs]

    def _reads(self, name: str, function: ast.AST, call: ast.Call) -> Iterator[ast.Attribute]:
        stores = [
            n
            for n in ast.walk(function)
            if isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Store)
        ]
        if len(stores) != 1:
            return
        for node in ast.walk(function):
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.ctx, ast.Load)
                and isinstance(node.value, ast.Name)
                and node.value.id == name
                and node.lineno >= call.lineno
                and not isinstance(self.function_of(node), ast.Lambda)
            ):
                yield node


def _sides(shape: Shape) -> tuple[dict, dict]:
    return shape.inputs, shape.outputs


def last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def names_in(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def split(side: str) -> dict[str, str | None]:
    """The fields of one side of a correct string."""
    found: dict[str, str | None] = {}
    depth, part = 0, ""
    for character in [*side, ","]:
        depth += (character in "[(") - (character in "])")
        if character == "," and depth == 0:
            name, _, type_ = part.partition(":")
            if name.strip():
                found[name.strip()] = type_.strip() or None
            part = ""
        else:
            part += character
    return found
