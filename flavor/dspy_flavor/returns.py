"""What `forward` returns, read from its source: no language model is called to find out."""

import __future__

import ast
import functools
import inspect
import textwrap
import threading
import types
import warnings
from collections.abc import Iterator
from typing import Any

from .interface import Field, interface_of

_Fields = tuple[Field, ...]
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_CALLS = {"str": str, "len": int, "int": int, "float": float, "bool": bool, "list": list}
_CALLED_AS = {"acall", "forward", "aforward", "__call__"}
_DEPTH = 40
_CATCHING = threading.Lock()


class _Unknown(Exception):  # noqa: N818 - no error: the answer cannot be told
    pass


def returned_by(program: Any, forward: Any, code: str | None = None) -> tuple[_Fields | None, Any]:
    """Return the fields of the prediction, or the type of another value; (None, None) if unknown.

    Args:
        program: The module that `forward` belongs to: `self.…` is looked up in it.
        forward: Its function.
        code: The text that the program was built from, where it is no file.
    """
    function = _in_code(forward, code) if code is not None else _in_file(forward)
    if function is None or not _arguments_by_place(function):
        return None, None
    reader = _Reader(program, function)
    try:
        kinds = [reader.read(node.value) for node in reader.returns if node.value is not None]
    except _Unknown:
        return None, None
    if not kinds or len(kinds) != len(reader.returns):
        return None, None
    if any(kind != kinds[0] for kind in kinds):
        return None, None
    kind = kinds[0]
    return (kind, None) if isinstance(kind, tuple) else (None, kind)


def _arguments_by_place(function: _Function) -> list[ast.arg]:
    return [*function.args.posonlyargs, *function.args.args]


def _in_file(forward: Any) -> _Function | None:
    try:
        if not _is_unchanged(inspect.unwrap(forward)):
            return None
        tree = ast.parse(textwrap.dedent(inspect.getsource(forward)))
    except (OSError, TypeError, ValueError, SyntaxError, AttributeError):
        return None
    for node in tree.body[:1]:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return node if node.name == forward.__name__ else None
    return None


def _is_unchanged(function: types.FunctionType) -> bool:
    """Whether a function's file still has the text that it was compiled from: files are edited.

    Compiled anew, the same line must give the same instructions. It takes the whole file: they
    depend on the class around and on what is imported. A function whose instructions a tool has
    changed (pytest does that to one with `assert`) is taken for an edited one.
    """
    code = function.__code__
    future = code.co_flags & __future__.annotations.compiler_flag
    text = "".join(inspect.findsource(function)[0])
    return any(
        each.co_firstlineno == code.co_firstlineno and _instructions(each) == _instructions(code)
        for each in _compiled(text, future)
    )


@functools.lru_cache(maxsize=4)
def _compiled(text: str, future: int) -> tuple[types.CodeType, ...]:
    flags = future | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    # Any thread may load, and what is caught is the process's: two at once would leave it caught.
    with _CATCHING, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python has said what it thinks of the text at its import
        return tuple(_codes(compile(text, "<file>", "exec", flags=flags, dont_inherit=True)))


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield constant
            yield from _codes(constant)


def _instructions(code: types.CodeType) -> tuple[Any, ...]:
    """Return what a function does, without its place in the file."""
    constants = tuple(_constant(each) for each in code.co_consts)
    return code.co_name, code.co_code, code.co_names, code.co_varnames, constants


def _constant(value: Any) -> Any:
    """Return a constant as it can be compared: 1 is not True, and a set has no order."""
    if isinstance(value, types.CodeType):
        return _instructions(value)
    if isinstance(value, tuple):
        return tuple(_constant(each) for each in value)
    if isinstance(value, frozenset):
        return "set", *sorted(repr(each) for each in value)
    return repr(value)


def _in_code(forward: Any, code: str) -> _Function | None:
    """Find a method by its class in some text; the last of a name is the one that counts."""
    owner, _, name = forward.__qualname__.rpartition(".")
    found = None
    for cls in ast.walk(ast.parse(code)):
        if isinstance(cls, ast.ClassDef) and cls.name == owner.rpartition(".")[2]:
            for node in cls.body:
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == name:
                    found = node
    return found


class _Reader:
    """Tells what an expression in one function is: a tuple of fields, or a type."""

    def __init__(self, program: Any, function: _Function) -> None:
        self._program = program
        self._self = _arguments_by_place(function)[0].arg
        self._depth = 0
        self.returns: list[ast.Return] = []
        self._assigned: dict[str, list[ast.expr]] = {}
        for statement in function.body:
            self._collect(statement)

    def _collect(self, node: ast.AST) -> None:
        """Gather returns and assignments of this function, not of those inside it."""
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            return
        if isinstance(node, ast.Return):
            self.returns.append(node)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                for name in ast.walk(target):
                    if isinstance(name, ast.Name):
                        self._assigned.setdefault(name.id, []).append(
                            node.value if name is target else ast.Constant(value=...)
                        )
        elif isinstance(node, (ast.AugAssign, ast.For)):
            for name in ast.walk(node.target):
                if isinstance(name, ast.Name):
                    self._assigned.setdefault(name.id, []).append(ast.Constant(value=...))
        for child in ast.iter_child_nodes(node):
            self._collect(child)

    def read(self, node: ast.expr) -> Any:
        """Return what an expression is, or raise `_Unknown`."""
        self._depth += 1
        if self._depth > _DEPTH:
            raise _Unknown
        try:
            return self._read(node)
        finally:
            self._depth -= 1

    def _read(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Await):
            return self.read(node.value)
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, ast.Name):
            return self._name(node.id)
        if isinstance(node, ast.Attribute):
            return self._attribute(node)
        if isinstance(node, ast.Dict):
            return self._dict(node)
        if isinstance(node, ast.JoinedStr):
            return str
        if isinstance(node, ast.Compare):
            return bool
        if isinstance(node, ast.Constant) and type(node.value) in {str, int, float, bool}:
            return type(node.value)
        raise _Unknown

    def _name(self, name: str) -> Any:
        values = self._assigned.get(name)
        if not values:
            raise _Unknown
        kinds = [self.read(value) for value in values]
        if any(kind != kinds[0] for kind in kinds):
            raise _Unknown
        return kinds[0]

    def _attribute(self, node: ast.Attribute) -> Any:
        owner = self.read(node.value)
        if isinstance(owner, tuple):
            for field in owner:
                if field.name == node.attr:
                    return field.annotation
        raise _Unknown

    def _call(self, node: ast.Call) -> Any:
        module = self._module(node.func)
        if module is not None:
            outputs = interface_of(module).outputs
            if outputs is None:
                raise _Unknown
            return outputs
        name = node.func.attr if isinstance(node.func, ast.Attribute) else None
        name = node.func.id if isinstance(node.func, ast.Name) else name
        if name == "Prediction":
            return self._prediction(node)
        if isinstance(node.func, ast.Name) and name in _CALLS:
            return _CALLS[name]
        raise _Unknown

    def _module(self, node: ast.expr) -> Any:
        """Return the module of the program that is called here, if it is one."""
        path = []
        while isinstance(node, ast.Attribute):
            path.append(node.attr)
            node = node.value
        if not (isinstance(node, ast.Name) and node.id == self._self and path):
            return None
        path.reverse()
        if path[-1] in _CALLED_AS:
            path.pop()
        value = self._program
        for name in path:
            value = getattr(value, "__dict__", {}).get(name)
        return value if hasattr(value, "named_predictors") and value is not self._program else None

    def _prediction(self, node: ast.Call) -> _Fields:
        if node.args:
            raise _Unknown
        fields: dict[str, Field] = {}
        for keyword in node.keywords:
            if keyword.arg is None:
                spread = self.read(keyword.value)
                if not isinstance(spread, tuple):
                    raise _Unknown
                fields.update({field.name: field for field in spread})
            else:
                fields[keyword.arg] = Field(keyword.arg, self._type(keyword.value))
        return tuple(fields.values())

    def _dict(self, node: ast.Dict) -> _Fields:
        fields = []
        for key, value in zip(node.keys, node.values, strict=True):
            if not (isinstance(key, ast.Constant) and isinstance(key.value, str)):
                raise _Unknown
            fields.append(Field(key.value, self._type(value)))
        return tuple(fields)

    def _type(self, node: ast.expr) -> Any:
        try:
            kind = self.read(node)
        except _Unknown:
            return Any
        return dict if isinstance(kind, tuple) else kind
