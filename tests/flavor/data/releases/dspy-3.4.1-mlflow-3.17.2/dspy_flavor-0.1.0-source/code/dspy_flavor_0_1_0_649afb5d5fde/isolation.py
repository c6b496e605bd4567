"""A model's own code, imported under names of its own: two versions never meet.

Python keeps one module per name. The code of a model is imported below a package whose name holds
the hash of that code, and an `import helpers` inside it finds the model's own `helpers`.
"""

import ast
import builtins
import hashlib
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
import threading
import types
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .errors import damaged

PROGRAM = "program_code"
"""The module that holds the program's own classes and functions."""
_CONFIGURE = "__dspy_flavor_configure__"
_lock = threading.RLock()


class ModelCode:
    """The code of one model."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.package = f"_dspy_model_{_digest(folder)}"
        self.tops = {path.stem for path in folder.iterdir()} if folder.is_dir() else set()
        self.configured: dict[str, Any] = {}
        """What the code passes to `dspy.configure`, which is not carried out in this process."""

    def resolve(self, reference: Any) -> Any:
        """Return what `module:qualname` names, in the model's code first."""
        if not isinstance(reference, str) or reference.count(":") != 1:
            raise damaged(f"{reference!r} in this model is no reference to a class or function.")
        module_name, _, qualname = reference.partition(":")
        try:
            value: Any = self.module(module_name)
            for part in qualname.split("."):
                value = getattr(value, part)
        except ModuleNotFoundError as error:
            raise damaged(
                f"This model needs the module {error.name!r}, which is not installed here."
                " Install the requirements in its requirements.txt."
            ) from error
        except AttributeError as error:
            raise damaged(
                f"{qualname} is not found in {module_name}: this model was made with another"
                " version of it. Install the versions in its requirements.txt, or log it again."
            ) from error
        return value

    def module(self, name: str) -> types.ModuleType:
        """Import a module: the model's own where it has one of the name."""
        if name.partition(".")[0] not in self.tops:
            return importlib.import_module(name)
        with _lock:
            self._install()
            return importlib.import_module(f"{self.package}.{name}")

    def _install(self) -> None:
        """Make the package known, once per process."""
        known = sys.modules.get(self.package)
        if known is not None:
            finder = vars(known)["_finder"]
            self.configured = finder.code.configured
            return
        package = types.ModuleType(self.package, "The code of a DSPy model.")
        package.__path__ = [str(self.folder)]
        finder = _Finder(self)
        vars(package)["_finder"] = finder
        sys.modules[self.package] = package
        sys.meta_path.insert(0, finder)


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
            digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


class _Finder(importlib.abc.MetaPathFinder):
    """Finds the modules of one model."""

    def __init__(self, code: ModelCode) -> None:
        self.code = code

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: types.ModuleType | None = None,
    ) -> importlib.machinery.ModuleSpec | None:
        """Find a module below the model's package."""
        del path, target
        prefix = f"{self.code.package}."
        if not fullname.startswith(prefix):
            return None
        base = self.code.folder.joinpath(*fullname[len(prefix) :].split("."))
        for file, folders in (
            (base / "__init__.py", [str(base)]),
            (base.with_name(base.name + ".py"), None),
        ):
            if file.is_file():
                loader = _Loader(fullname, str(file), self.code)
                return importlib.util.spec_from_file_location(
                    fullname, file, loader=loader, submodule_search_locations=folders
                )
        if base.is_dir():
            spec = importlib.machinery.ModuleSpec(fullname, None, is_package=True)
            spec.submodule_search_locations = [str(base)]
            return spec
        return None


class _Loader(importlib.machinery.SourceFileLoader):
    """Runs a module's source, and never a compiled file beside it."""

    def __init__(self, fullname: str, path: str, code: ModelCode) -> None:
        super().__init__(fullname, path)
        self._code = code

    def get_code(self, fullname: str) -> types.CodeType:
        """Compile the source, with `dspy.configure(…)` of its top level noted instead of done."""
        path = self.get_filename(fullname)
        tree = ast.parse(self.get_data(path), path)
        is_program = fullname.endswith(f".{PROGRAM}")
        return compile(_configured_aside(tree, is_program=is_program), path, "exec")

    def exec_module(self, module: types.ModuleType) -> None:
        """Run the module with imports that find the model's own modules first."""
        namespace = vars(module)
        namespace["__builtins__"] = {**vars(builtins), "__import__": self._import}
        namespace[_CONFIGURE] = self._code.configured.update
        super().exec_module(module)

    def _import(
        self,
        name: str,
        globals: Mapping[str, object] | None = None,  # noqa: A002 - Python's own name
        locals: Mapping[str, object] | None = None,  # noqa: A002 - Python's own name
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> types.ModuleType:
        top = name.partition(".")[0]
        if level or top not in self._code.tops:
            return __import__(name, globals, locals, fromlist or (), level)
        module = self._code.module(name)
        if not fromlist:
            return self._code.module(top)
        for item in fromlist:
            if not hasattr(module, item) and hasattr(module, "__path__"):
                try:
                    self._code.module(f"{name}.{item}")
                except ModuleNotFoundError:
                    continue  # the import statement itself says what is missing
        return module


def _configured_aside(tree: ast.Module, *, is_program: bool) -> ast.Module:
    """Turn `dspy.configure(…)` at the top level into a note: a process's settings are its own."""
    names = _Names(tree)
    body: list[ast.stmt] = []
    for statement in tree.body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            body.append(statement)
        else:
            body.append(_Aside(names, is_program=is_program).visit(statement))
    tree.body = body
    return ast.fix_missing_locations(tree)


class _Names:
    """What `dspy`, its settings and its `configure` are called in a module."""

    def __init__(self, tree: ast.Module) -> None:
        self.dspy: set[str] = set()
        self.settings: set[str] = set()
        self.configure: set[str] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                self.dspy |= {a.asname or a.name for a in node.names if a.name == "dspy"}
            elif isinstance(node, ast.ImportFrom) and node.module in {"dspy", "dspy.dsp.utils"}:
                for alias in node.names:
                    if alias.name in {"settings", "configure"}:
                        getattr(self, alias.name).add(alias.asname or alias.name)

    def is_configure(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Name):
            return node.id in self.configure
        return (
            isinstance(node, ast.Attribute)
            and node.attr == "configure"
            and (self._is(node.value, self.dspy) or self._is_settings(node.value))
        )

    def _is_settings(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Attribute):
            return node.attr == "settings" and self._is(node.value, self.dspy)
        return self._is(node, self.settings)

    @staticmethod
    def _is(node: ast.expr, names: set[str]) -> bool:
        return isinstance(node, ast.Name) and node.id in names


class _Aside(ast.NodeTransformer):
    def __init__(self, names: _Names, *, is_program: bool) -> None:
        self._names, self._is_program = names, is_program

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if self._names.is_configure(node.func):
            node.func = ast.copy_location(ast.Name(_CONFIGURE, ast.Load()), node.func)
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        """What is under `if __name__ == "__main__"` in a slice is there because it is needed."""
        if self._is_program and ast.unparse(node).replace('"', "'") == "__name__ == '__main__'":
            return ast.copy_location(ast.Constant(value=True), node)
        self.generic_visit(node)
        return node
