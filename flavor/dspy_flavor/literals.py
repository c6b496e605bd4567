"""Credentials written down in files that would be published: in code, and in configuration.

A value that the program holds is found by the walk; one that is only written somewhere, such as
`API_KEY = "…"` in a module that nothing of the program refers to, is found here, by its name.
"""

import ast
import inspect
import io
import re
import textwrap
import tokenize
import types
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from .credentials import SHORTEST, is_sensitive, texts_in
from .names import is_left_out
from .scan import Hit
from .wording import is_harmless, reads_as_words

CREDENTIAL_FILES = (
    ".env",
    ".env.*",
    ".netrc",
    ".pypirc",
    ".npmrc",
    ".git-credentials",
    "credentials.json",
    "*service_account*.json",
    "*service-account*.json",
    "secrets.toml",
    "secrets.yaml",
    "secrets.yml",
    "secrets.json",
    "id_rsa*",
    "id_ed25519*",
    "*.pem",
    "*.p12",
    "*.pfx",
)
"""Names of files that are there to hold credentials."""

_LARGEST = 4 * 1024 * 1024
_LONG = 16
"""A shorter text under a name such as `token` may be a word."""
_PLACEHOLDER = re.compile(
    r"your|my[-_ ]|the[-_ ]|some|example|sample|dummy|fake|test|none|null|change|placeholder|xxx"
    r"|not[-_ ]|no[-_ ]|n/a|sk-no|unused|empty|local|ollama|lm-studio|insert|replace|todo|[<{$*%]",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+\(?.*")
"""The name of a variable, or an expression such as `os.environ[…]`."""
_TAKES_NAME_AND_VALUE = frozenset(
    ["getenv", "get", "setdefault", "setenv", "putenv", "setattr", "pop", "set_key"]
)
_NAMED = re.compile(
    r"""["']?([A-Za-z_][\w.-]{2,60})["']?\s*[:=]\s*(?:"([^"\n]{8,})"|'([^'\n]{8,})'|([^\s"',;}\])#]{8,}))"""
)
_QUOTED = re.compile(r"""([A-Za-z_]\w{2,60})["']?\s*[:=]\s*["']([^"'\s]{8,})["']""")


def refuse_written(root: Path, folders: Iterable[str], skip: str) -> None:
    """Raise `Hit` for the first credential that is written in code or configuration.

    Args:
        root: A model's folder.
        folders: The folders below it that hold the user's files.
        skip: The folder of the carried loader.
    """
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            name = path.relative_to(root).as_posix()
            if not path.is_file() or name.startswith(skip):
                continue
            if any(fnmatch(path.name, pattern) for pattern in CREDENTIAL_FILES):
                raise Hit(
                    f"the folder of code ({name})", "a file that is there to hold credentials"
                )
            if path.stat().st_size <= _LARGEST:
                for line, held in written_in(path):
                    raise Hit(f"{name}, line {line},", f"a credential under the name {held}")


def written_in(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and name of each credential written in a file."""
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return
    if path.suffix in {".py", ".pyi"}:
        yield from written_in_code(text)
    elif "\0" not in text:
        for number, line in enumerate(text.splitlines(), 1):
            yield from ((number, name) for name in _named_in(line))


def _named_in(line: str) -> Iterator[str]:
    for match in _NAMED.finditer(line):
        name = match.group(1).rpartition(".")[2].replace("-", "_")
        value = next(group for group in match.groups()[1:] if group is not None)
        if _is_credential(name, value):
            yield name


def written_in_code(text: str) -> Iterator[tuple[int, str]]:
    """Yield line and name of each string in Python code that is bound to a credential's name."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return
    for node in ast.walk(tree):
        for name, value in _bindings(node):
            if value is not None and any(_is_credential(name, text) for text in _texts(value)):
                yield value.lineno, name
    yield from _written_in_comments(text)


def refuse_written_in_functions(functions: Iterable[tuple[str, types.FunctionType]]) -> None:
    """Raise `Hit` for a credential written in functions whose file is not kept: of a notebook."""
    for path, function in functions:
        try:
            source = textwrap.dedent(inspect.getsource(function))
        except (OSError, TypeError, SyntaxError):
            continue
        for _, held in written_in_code(source):
            raise Hit(f"the code of {path}", f"a credential under the name {held}")


def _written_in_comments(text: str) -> Iterator[tuple[int, str]]:
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                for match in _QUOTED.finditer(token.string):
                    if _is_credential(match.group(1), match.group(2)):
                        yield token.start[0], match.group(1)
    except (tokenize.TokenError, IndentationError, SyntaxError):
        return


def _bindings(node: ast.AST) -> Iterator[tuple[str, ast.expr | None]]:
    """Yield each name that a node binds, assigns or passes, with the expression."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _targets(target, node.value)
    elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)):
        yield from _targets(node.target, node.value)
    elif isinstance(node, ast.keyword) and node.arg:
        yield node.arg, node.value
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield key.value, value
    elif isinstance(node, ast.arguments):
        yield from _defaults(node)
    elif isinstance(node, ast.Call):
        yield from _named_argument(node)


def _targets(target: ast.expr, value: ast.expr | None) -> Iterator[tuple[str, ast.expr | None]]:
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for part, item in zip(target.elts, value.elts, strict=False):
            yield from _targets(part, item)
    elif isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Attribute):
        yield target.attr, value
    elif isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
        yield str(target.slice.value), value


def _defaults(node: ast.arguments) -> Iterator[tuple[str, ast.expr | None]]:
    positional = [*node.posonlyargs, *node.args]
    with_default = positional[len(positional) - len(node.defaults) :]
    for argument, value in zip(with_default, node.defaults, strict=True):
        yield argument.arg, value
    for argument, default in zip(node.kwonlyargs, node.kw_defaults, strict=True):
        yield argument.arg, default


def _named_argument(node: ast.Call) -> Iterator[tuple[str, ast.expr | None]]:
    """Yield name and value of `os.environ.setdefault("API_KEY", "…")`."""
    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
    arguments = node.args[1:] if name in {"setattr", "set_key"} else node.args
    if name in _TAKES_NAME_AND_VALUE and len(arguments) >= 2:
        first = arguments[0]
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            yield first.value, arguments[1]


def _texts(value: ast.expr) -> Iterator[str]:
    """Yield the strings that an expression holds: itself, in a list, or as a field's default."""
    if isinstance(value, ast.Constant):
        yield from texts_in(value.value)
    elif isinstance(value, (ast.List, ast.Tuple, ast.Set)):
        for item in value.elts:
            yield from _texts(item)
    elif isinstance(value, ast.Call):
        for keyword in value.keywords:
            if keyword.arg == "default":
                yield from _texts(keyword.value)
    elif isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        yield from _texts(value.left)
        yield from _texts(value.right)


def _is_credential(name: str, value: str) -> bool:
    text = value.removeprefix("Bearer ").removeprefix("Basic ")
    surely = is_sensitive(name, surely=True)
    least = SHORTEST if surely else _LONG
    if not surely and is_harmless(text):
        return False
    if not is_sensitive(name) or len(text) < least or any(c.isspace() for c in text):
        return False
    names_one = text.isidentifier() and is_sensitive(text)
    return not (names_one or _PLACEHOLDER.match(text) or _REFERENCE.fullmatch(text))


def refuse_named(
    values: dict[str, Any], where: str, *, surely: bool = False, fields: Iterable[str] = ()
) -> None:
    """Raise `Hit` for the first credential in plain data, by the name that it is under.

    Args:
        values: What is published: tags, metadata.
        where: What to call it.
        surely: Only under names that mean nothing else: columns are named by the data.
        fields: Names of the program's own inputs: words under them are examples of its data.
    """
    own = set(fields)
    stack: list[tuple[str, Any]] = [(where, values)]
    while stack:
        path, value = stack.pop()
        if isinstance(value, dict):
            for key, item in value.items():
                here = f"{path}[{key!r}]"
                named = is_left_out(key, item) and (not surely or is_sensitive(key, surely=True))
                if key in own and all(map(reads_as_words, texts_in(item))):
                    continue
                if named and any(_is_credential(str(key), text) for text in texts_in(item)):
                    raise Hit(f"the argument {here}", "a credential")
                stack.append((here, item))
        elif isinstance(value, (list, tuple)):
            stack.extend((f"{path}[{index}]", item) for index, item in enumerate(value))
