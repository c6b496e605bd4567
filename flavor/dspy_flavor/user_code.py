"""The user's code in the `source` format: which of it a program needs, and what it is called."""

import ast
import linecache
import sys
from pathlib import Path
from typing import Any

from .errors import invalid
from .isolation import PROGRAM
from .locality import is_installed, local_module

_ADVICE = " Or use serialization_format='cloudpickle'."


class UserCode:
    """Gathers the definitions that a program refers to."""

    def __init__(self, local_code: dict[str, Path], given: str | None = None) -> None:
        self._tops = {name.partition(".")[0] for name in local_code}
        self._given = given
        self._needed: dict[str, set[str]] = {}

    def reference(self, value: Any, path: str) -> str:
        """Return `module:qualname` as a loader resolves it, and note that the code is needed."""
        module, qualname = _name_of(value)
        if module is not None and qualname is not None and "<" in qualname and _is_dspys(module):
            raise invalid(
                f"{path} is {qualname!r}, which DSPy defines inside a function, so it cannot be"
                " found by a name. Use serialization_format='cloudpickle'."
            )
        if module is None or qualname is None or "<" in qualname:
            raise invalid(
                f"{path} is {qualname or type(value).__name__!r}, which is defined inside a"
                " function, so it cannot be found by a name. Define it at the top level of a file,"
                f" with a name.{_ADVICE}"
            )
        return f"{self.module_reference(module, path, qualname.partition('.')[0])}:{qualname}"

    def module_reference(self, module: str, path: str, name: str | None = None) -> str:
        """Return the name of a module in the model, and note what is needed of it."""
        top = module.partition(".")[0]
        if is_installed(top) or top in self._tops:
            return module
        if local_module(top) is not None and module != "__main__":
            return module
        if name is not None:
            self._needed.setdefault(module, set()).add(name)
        if len(self._needed) > 1:
            raise invalid(
                f"{path} is defined in {module!r}, which has no file, and other parts of the"
                f" program in {sorted(set(self._needed) - {module})}.{_ADVICE}"
            )
        return PROGRAM

    def defines(self, value: Any) -> bool:
        """Whether a name leads to this class in code that will be there."""
        module, qualname = _name_of(value)
        found: Any = sys.modules.get(module or "")
        for part in (qualname or "").split("."):
            found = getattr(found, part, None)
        if found is not value and self._given is not None:
            return _defined_in(self._given, str(qualname))
        return found is value

    def program_code(self) -> str:
        """Return the source of all definitions that are needed and have no module of their own."""
        if self._given is not None:
            return self._given
        return "\n".join(
            slice_of(source_of(module), names, module) for module, names in self._needed.items()
        )


def _is_dspys(module: str) -> bool:
    return module.partition(".")[0] == "dspy"


def _name_of(value: Any) -> tuple[str | None, str | None]:
    if value is Any:
        return "typing", "Any"
    return getattr(value, "__module__", None), getattr(value, "__qualname__", None)


def _defined_in(code: str, qualname: str) -> bool:
    names = {
        node.name
        for node in ast.walk(ast.parse(code))
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
    }
    return qualname.rpartition(".")[2] in names


def source_of(module: str) -> str:
    """Return the source of a module, of `__main__` too."""
    file = getattr(sys.modules.get(module), "__file__", None)
    lines = linecache.getlines(file) if file else []
    if not lines:
        raise invalid(
            f"The source of the module {module!r} cannot be found, so the program's code cannot be"
            f" kept. Define the program in a file.{_ADVICE}"
        )
    return "".join(lines)


def slice_of(source: str, names: set[str], module: str) -> str:
    """Return the statements of a module that define `names` and all that these refer to."""
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise invalid(
            f"The file of {module!r} is no Python any more (line {error.lineno}): it has changed"
            f" since the program was made.{_ADVICE}"
        ) from error
    bindings: dict[str, list[int]] = {}
    always = set()
    for index, statement in enumerate(tree.body):
        for name in _bound_by(statement):
            bindings.setdefault(name, []).append(index)
        if _is_always_needed(statement):
            always.add(index)
    missing = names - set(bindings)
    if missing:
        raise invalid(
            f"{', '.join(sorted(missing))} is not at the top level of {module!r}, so the program's"
            f" code cannot be kept.{_ADVICE}"
        )
    chosen, waiting, done = set(always), set(names), set()
    while waiting:
        name = waiting.pop()
        done.add(name)
        for index in bindings.get(name, ()):
            if index not in chosen:
                chosen.add(index)
                waiting |= _used_by(tree.body[index]) - done
    segments = [_segment(source, tree.body[index]) for index in sorted(chosen)]
    return "\n\n".join(segments) + "\n"


def _segment(source: str, statement: ast.stmt) -> str:
    """Return a statement as it is written, with its decorators."""
    first = statement.lineno
    decorators = getattr(statement, "decorator_list", [])
    if decorators:
        first = min(first, *(decorator.lineno for decorator in decorators))
    return "\n".join(source.splitlines()[first - 1 : statement.end_lineno])


def _is_always_needed(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.ImportFrom):
        return statement.module == "__future__" or any(a.name == "*" for a in statement.names)
    return False


def _bound_by(statement: ast.stmt) -> set[str]:
    """Return the global names that a statement binds, wherever in it, but not in functions."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {statement.name}
    names: set[str] = set()
    stack: list[ast.AST] = [statement]
    while stack:
        node = stack.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {(alias.asname or alias.name.partition(".")[0]) for alias in node.names}
        stack.extend(ast.iter_child_nodes(node))
    return names


def _used_by(statement: ast.stmt) -> set[str]:
    return {
        node.id
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
