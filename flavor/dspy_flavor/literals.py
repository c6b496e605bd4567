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

from .bindings import bindings, texts_of
from .credentials import SHORTEST, is_sensitive, texts_in
from .names import is_left_out, is_no_key
from .scan import Hit
from .wording import is_harmless, looks_random, reads_as_words

CREDENTIAL_FILES = (
    ".env",
    ".env.*",
    "*.env",
    ".envrc",
    ".netrc",
    ".pypirc",
    ".npmrc",
    ".git-credentials",
    ".pgpass",
    ".htpasswd",
    ".dockercfg",
    ".boto",
    ".s3cfg",
    "credentials.json",
    "*service_account*.json",
    "*service-account*.json",
    "secrets.toml",
    "secrets.yaml",
    "secrets.yml",
    "secrets.json",
    "client_secret*.json",
    "application_default_credentials.json",
    "id_rsa*",
    "id_dsa*",
    "id_ecdsa*",
    "id_ed25519*",
    "*.pem",
    "*.p12",
    "*.pfx",
    "*.jks",
    "*.keystore",
    "*.kdbx",
    "*.ppk",
    ".aws",
    ".azure",
    ".docker",
    ".kube",
    ".ssh",
)
"""Names of files and folders that are there to hold credentials."""

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
_PROSE = frozenset({".md", ".rst", ".txt", ".html"})
"""Endings of files that tell people of things: `password: required`."""
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
        is_prose = path.suffix in _PROSE
        for number, line in enumerate(text.splitlines(), 1):
            yield from ((number, name) for name in _named_in(line, is_prose=is_prose))


def _named_in(line: str, *, is_prose: bool) -> Iterator[str]:
    """Yield the names in a line of configuration; in prose only of what looks drawn at random."""
    for match in _NAMED.finditer(line):
        name = match.group(1).rpartition(".")[2].replace("-", "_")
        value = next(group for group in match.groups()[1:] if group is not None)
        if _is_credential(name, value) and (looks_random(value) or not is_prose):
            yield name


def written_in_code(text: str) -> Iterator[tuple[int, str]]:
    """Yield line and name of each string in Python code that is bound to a credential's name."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return
    examples = set(_keywords_of_examples(tree))
    for node in ast.walk(tree):
        for name, value in () if node in examples else bindings(node):
            if any(_is_credential(name, text) for text in texts_of(value)):
                yield value.lineno, name
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            for number, line in enumerate(node.value.splitlines()):
                yield from ((node.lineno + number, n) for n in _named_in(line, is_prose=True))
    yield from _written_in_comments(text)


def _keywords_of_examples(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the fields of `dspy.Example(…)`: data, whatever they are called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if called in {"Example", "Prediction"}:
                yield from node.keywords


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
                for name in _named_in(token.string, is_prose=True):
                    yield token.start[0], name
    except (tokenize.TokenError, IndentationError, SyntaxError):
        return


def _is_credential(name: str, value: str) -> bool:
    text = value.removeprefix("Bearer ").removeprefix("Basic ")
    surely = is_sensitive(name, surely=True)
    least = SHORTEST if surely else _LONG
    if is_no_key(name, text) or (not surely and is_harmless(text)):
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
