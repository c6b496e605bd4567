"""Which objects of a file can be logged: module classes, programs and predictors."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from .effects import PREDICTORS, Kinds, note_callables, object_kind
from .model import Candidate
from .names import dotted
from .units import Unit

_BASES = frozenset({"dspy.Module", "dspy.Program", "dspy.primitives.Module", "dspy.ProgramBase"})


@dataclass
class Objects:
    """What a file offers, and what is known of its names."""

    kinds: Kinds
    candidates: list[Candidate] = field(default_factory=list)

    def named(self, name: str) -> Candidate | None:
        """Return the last candidate of a name."""
        return next((c for c in reversed(self.candidates) if c.name == name), None)

    def instances_of(self, class_name: str) -> list[Candidate]:
        """Return the variables that hold an instance of a class, each name once."""
        found = {c.name: c for c in self.candidates if c.class_name == class_name}
        return list(found.values())


def objects_of(units: list[Unit], origins: dict[str, str]) -> Objects:
    """Read the candidates of a file."""
    kinds = Kinds(origins)
    definitions = [
        u.node
        for u in units
        if isinstance(u.node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
    ]
    for node in definitions:
        kinds.functions[node.name] = node
    objects = Objects(kinds)
    for node in definitions:
        if isinstance(node, ast.ClassDef) and is_module(node, kinds):
            kinds.callables[f"{node.name}()"] = "program"
    for node in definitions:
        if isinstance(node, ast.FunctionDef):
            _note_factory(node, kinds)
    for unit in units:
        _add(unit, objects)
    return objects


def is_module(node: ast.ClassDef, kinds: Kinds, depth: int = 0) -> bool:
    """Whether a class is a `dspy.Module`, as far as the file says."""
    for base in node.bases:
        name = dotted(base, kinds.origins)
        if name in _BASES or (name.startswith("dspy.") and name[5:] in PREDICTORS):
            return True
        local = kinds.functions.get(name)
        if depth < 20 and isinstance(local, ast.ClassDef) and is_module(local, kinds, depth + 1):
            return True
    return False


def _note_factory(node: ast.FunctionDef, kinds: Kinds) -> None:
    """Note what a function returns, if it says so."""
    local = Kinds(kinds.origins, dict(kinds.callables), kinds.functions)
    annotation = dotted(node.returns, kinds.origins) if node.returns else ""
    if annotation in _BASES or f"{annotation}()" in kinds.callables:
        kinds.callables[f"{node.name}()"] = "program"
        return
    for statement in node.body:
        note_callables(statement, local)
    for child in _own_statements(node):
        if isinstance(child, ast.Return) and child.value is not None:
            kind = object_kind(child.value, local)
            if kind is not None:
                kinds.callables[f"{node.name}()"] = kind


def _own_statements(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            continue
        yield child
        yield from _own_statements(child)


def _add(unit: Unit, objects: Objects) -> None:
    node, kinds = unit.node, objects.kinds
    if isinstance(node, ast.ClassDef):
        if is_module(node, kinds):
            parameters, required = constructor_of(node, kinds)
            objects.candidates.append(
                Candidate(node.name, "module", unit.line, unit.end_line, None, parameters, required)
            )
        return
    if unit.is_head or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return
    note_callables(node, kinds)
    for name in sorted(unit.binds):
        kind = kinds.callables.get(name)
        if kind in {"program", "predictor"}:
            objects.candidates.append(
                Candidate(name, kind, unit.line, unit.end_line, _class_of(node, objects))
            )


def _class_of(node: ast.AST, objects: Objects) -> str | None:
    value = getattr(node, "value", None)
    if isinstance(value, ast.Name):
        known = objects.named(value.id)
        return known.class_name if known else None
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
        target = objects.kinds.functions.get(value.func.id)
        return value.func.id if isinstance(target, ast.ClassDef) else None
    return None


def constructor_of(
    node: ast.ClassDef, kinds: Kinds, depth: int = 0
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return a class's constructor parameters, and those without a default."""
    for item in node.body:
        if isinstance(item, ast.FunctionDef) and item.name == "__init__":
            return _parameters(item.args)
    for base in node.bases:
        name = dotted(base, kinds.origins)
        local = kinds.functions.get(name)
        if isinstance(local, ast.ClassDef) and depth < 20:
            return constructor_of(local, kinds, depth + 1)
        if name.startswith("dspy.") and name[5:] in PREDICTORS:
            return ("signature",), ("signature",)
    return (), ()


def _parameters(arguments: ast.arguments) -> tuple[tuple[str, ...], tuple[str, ...]]:
    positional = [a.arg for a in (*arguments.posonlyargs, *arguments.args)][1:]
    required = positional[: max(0, len(positional) - len(arguments.defaults))]
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        positional.append(argument.arg)
        if default is None:
            required.append(argument.arg)
    return tuple(positional), tuple(required)
