"""Which text gets which name in Python code: by an assignment, an argument, a key, a result."""

import ast
from collections.abc import Iterator

from .credentials import is_sensitive, texts_in
from .wording import looks_random

_TAKES_NAME_AND_VALUE = frozenset(
    ["getenv", "get", "setdefault", "setenv", "putenv", "setattr", "pop", "set_key"]
)
_HEADERS = frozenset({"headers", "extra_headers", "default_headers"})
_PASSES_ON = frozenset(
    [
        "str",
        "bytes",
        "bytearray",
        "SecretStr",
        "SecretBytes",
        "Secret",
        "join",
        "b64decode",
        "urlsafe_b64decode",
        "unhexlify",
        "fromhex",
        "field",
    ]
)
"""What returns the text that it is given, in another form."""
_LOGINS = frozenset({"HTTPBasicAuth", "HTTPDigestAuth", "BasicAuth", "HTTPProxyAuth"})
Binding = tuple[str, ast.expr]


def bindings(node: ast.AST) -> Iterator[Binding]:
    """Yield each name that a node binds, assigns, passes or compares, with the expression."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _targets(target, node.value)
    elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
        yield from _targets(node.target, node.value)
    elif isinstance(node, ast.For):
        yield from _targets(node.target, node.iter)
    elif isinstance(node, ast.keyword) and node.arg:
        yield node.arg, node.value
        if node.arg in _HEADERS:
            yield from _headers(node.value)
    elif isinstance(node, ast.Dict):
        yield from _items(node)
    elif isinstance(node, ast.arguments):
        yield from _defaults(node)
    elif isinstance(node, ast.Call):
        yield from _passed(node)
    elif isinstance(node, ast.Compare):
        yield from _compared(node)
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        yield from _returned(node)


def _targets(target: ast.expr, value: ast.expr) -> Iterator[Binding]:
    if isinstance(target, (ast.Tuple, ast.List)) and isinstance(value, (ast.Tuple, ast.List)):
        for part, item in zip(target.elts, value.elts, strict=False):
            yield from _targets(part, item)
    elif isinstance(target, ast.Starred):
        yield from _targets(target.value, value)
    elif isinstance(target, ast.Name):
        yield target.id, value
        if target.id in _HEADERS:
            yield from _headers(value)
    elif isinstance(target, ast.Attribute):
        yield target.attr, value
        if target.attr in _HEADERS:
            yield from _headers(value)
    elif isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
        yield str(target.slice.value), value


def _items(node: ast.Dict) -> Iterator[Binding]:
    for key, value in zip(node.keys, node.values, strict=True):
        if isinstance(key, ast.Constant) and isinstance(key.value, (str, bytes)):
            name = key.value if isinstance(key.value, str) else key.value.decode("latin-1")
            yield name, value


def _headers(value: ast.expr) -> Iterator[Binding]:
    """Yield what looks drawn at random in headers: there the name of a credential is anybody's."""
    if isinstance(value, ast.Dict):
        for item in value.values:
            if _is_random(item):
                yield "Authorization", item


def _defaults(node: ast.arguments) -> Iterator[Binding]:
    positional = [*node.posonlyargs, *node.args]
    with_default = positional[len(positional) - len(node.defaults) :]
    for argument, value in zip(with_default, node.defaults, strict=True):
        yield argument.arg, value
    for argument, default in zip(node.kwonlyargs, node.kw_defaults, strict=True):
        if default is not None:
            yield argument.arg, default


def _passed(node: ast.Call) -> Iterator[Binding]:
    """Yield name and value of `os.environ.setdefault("API_KEY", "…")`, `set_api_key("…")`."""
    called = getattr(node.func, "attr", getattr(node.func, "id", ""))
    arguments = node.args[1:] if called in {"setattr", "set_key"} else node.args
    first = arguments[0] if arguments else None
    named = isinstance(first, ast.Constant) and isinstance(first.value, str)
    if called in _TAKES_NAME_AND_VALUE and len(arguments) >= 2 and named:
        yield str(first.value), arguments[1]  # type: ignore[union-attr]
    elif called in _LOGINS and len(arguments) >= 2:
        yield "password", arguments[1]
    elif called.startswith("set_") and is_sensitive(called, surely=True) and arguments:
        yield called, arguments[-1]
    elif named and is_sensitive(first.value):  # type: ignore[union-attr]
        for keyword in node.keywords:  # an option of a command line
            if keyword.arg == "default":
                yield str(first.value), keyword.value  # type: ignore[union-attr]
    if called == "dict" and arguments and isinstance(arguments[0], (ast.List, ast.Tuple)):
        for pair in arguments[0].elts:
            if isinstance(pair, ast.Tuple) and len(pair.elts) == 2:
                yield from _items(ast.Dict([pair.elts[0]], [pair.elts[1]]))


def _compared(node: ast.Compare) -> Iterator[Binding]:
    """Yield what a name is compared with, if it looks drawn at random: `password == "…"`."""
    for name, value in ((node.left, node.comparators[0]), (node.comparators[0], node.left)):
        called = getattr(name, "attr", getattr(name, "id", None))
        if called is not None and _is_random(value):
            yield called, value


def _returned(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Binding]:
    """Yield what a function called `get_api_key` returns, if it looks drawn at random."""
    if not is_sensitive(node.name):
        return
    for inner in ast.walk(node):
        if isinstance(inner, ast.Return) and inner.value is not None and _is_random(inner.value):
            yield node.name, inner.value


def _is_random(value: ast.expr) -> bool:
    """Whether an expression is a text that looks as if a machine had drawn it."""
    return isinstance(value, ast.Constant) and any(map(looks_random, texts_in(value.value)))


def texts_of(value: ast.expr) -> Iterator[str]:
    """Yield the strings that an expression may be: itself, one of a choice, a field's default."""
    if isinstance(value, ast.Constant):
        yield from texts_in(value.value)
        return
    for part in _parts(value):
        yield from texts_of(part)


def _parts(value: ast.expr) -> list[ast.expr]:
    if isinstance(value, (ast.List, ast.Tuple, ast.Set)):
        return value.elts
    if isinstance(value, ast.BoolOp):
        return value.values
    if isinstance(value, ast.IfExp):
        return [value.body, value.orelse]
    if isinstance(value, ast.BinOp) and isinstance(value.op, (ast.Add, ast.Mod)):
        return [value.left, value.right]
    if isinstance(value, ast.JoinedStr):
        return [part for part in value.values if isinstance(part, ast.Constant)]
    if isinstance(value, ast.Lambda):
        return [value.body] if isinstance(value.body, ast.Constant) else []
    if isinstance(value, (ast.Subscript, ast.Starred, ast.Await)):
        return [value.value]
    return _parts_of_call(value) if isinstance(value, ast.Call) else []


def _parts_of_call(call: ast.Call) -> list[ast.expr]:
    """Return what a call gives back: a method's text, and what is passed on or is a default."""
    called = getattr(call.func, "attr", getattr(call.func, "id", ""))
    parts = [k.value for k in call.keywords if k.arg in {"default", "default_factory"}]
    if called in _PASSES_ON:
        parts += call.args
    if isinstance(call.func, ast.Attribute):
        parts.append(call.func.value)
    return parts
