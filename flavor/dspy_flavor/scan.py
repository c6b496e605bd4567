"""The last look before a model is published: are the bytes free of every known credential?"""

import base64
import bz2
import contextlib
import gzip
import io
import lzma
import pickletools
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from .credentials import Credentials
from .redact import BEARER, CONNECTION, HINTS, SHAPES, written
from .wording import reads_as_words

_LARGEST = 256 * 1024 * 1024
_DEPTH = 4
_SHAPES = [
    (name, [hint.encode() for hint in HINTS[name]], re.compile(shape.encode()))
    for name, shape in SHAPES
]
_BEFORE = {BEARER: " ", CONNECTION: "="}
"""Shapes that words may have too, and what stands before the token."""
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{32,}={0,2}")
_PACKED = (
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ\x00",
    b"x\x01",
    b"x\x5e",
    b"x\x9c",
    b"x\xda",
    b"PK\x03\x04",
    b"\x80",
)
_PICKLE = re.compile(rb"\x80[\x02-\x05]")


class Hit(Exception):  # noqa: N818 - found, not failed; an error is made of it
    """A credential in a file, with what is known of it."""

    def __init__(self, where: str, what: str, secret: str | None = None) -> None:
        super().__init__(f"{where}: {what}")
        self.where, self.what, self.secret = where, what, secret


def scan_folder(root: Path, log: Credentials, skip: Iterable[str] = ()) -> None:
    """Raise `Hit` for the first credential in a folder's files.

    Args:
        root: A model's folder.
        log: The values that must not be in it.
        skip: Folders that hold nothing of the user's, such as the carried loader.
    """
    skipped = tuple(skip)
    needles = _needles(log.secrets)
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_file() and not name.startswith(skipped):
            _scan_name(name, log)
            scan_bytes(path.read_bytes(), name, needles)


def scan_texts(texts: Iterable[tuple[str, str]], log: Credentials) -> None:
    """Raise `Hit` for the first credential in named texts: tags, parameters, names."""
    needles = _needles(log.secrets)
    for where, text in texts:
        scan_bytes(text.encode("utf-8", "replace"), where, needles)


def _scan_name(name: str, log: Credentials) -> None:
    for secret, path in log.secrets.items():
        if secret in name:
            raise Hit("a file's name", f"the value of {path}", secret)


def _needles(secrets: dict[str, str]) -> list[tuple[bytes, str, str]]:
    """Return every way in which a credential is written: (bytes, path, credential)."""
    return [(form, path, secret) for secret, path in secrets.items() for form in _forms(secret)]


def _forms(secret: str) -> set[bytes]:
    forms = {form.encode("utf-8", "surrogatepass") for form in written(secret)}
    return forms | {secret.encode("utf-16-le", "surrogatepass")}


def scan_bytes(data: bytes, where: str, needles: list[tuple[bytes, str, str]]) -> None:
    """Raise `Hit` for the first credential in bytes, and in what they hold, packed or pickled."""
    for layer, is_text in _layers(data, 0):
        for form, path, secret in needles:
            if form in layer:
                raise Hit(where, f"the value of {path}", secret)
        for name, hints, shape in _SHAPES if is_text else ():
            for match in shape.finditer(layer) if any(hint in layer for hint in hints) else ():
                text = match.group().decode("utf-8", "replace")
                if name not in _BEFORE or not reads_as_words(text.rpartition(_BEFORE[name])[2]):
                    raise Hit(where, name, text)


def _layers(data: bytes, depth: int) -> Iterator[tuple[bytes, bool]]:
    """Yield some bytes and all that is packed in them, and whether shapes can be told in them.

    In a pickle they cannot: between the texts of an f-string, such as `https://user:` and `@host`,
    stand bytes of the pickle's own, which look like a password. Its texts are looked at instead.
    """
    pickled = _pickled(data)
    yield data, pickled is None
    if depth >= _DEPTH:
        return
    for inner in (*_unpacked(data), *(pickled or ()), *_decoded(data)):
        yield from _layers(inner, depth + 1)


def _unpacked(data: bytes) -> Iterator[bytes]:
    if data[:2] == b"\x1f\x8b":
        yield from _attempt(lambda: gzip.decompress(data))
    elif data[:3] == b"BZh":
        yield from _attempt(lambda: bz2.decompress(data))
    elif data[:6] == b"\xfd7zXZ\x00":
        yield from _attempt(lambda: lzma.decompress(data))
    elif data[:1] == b"x" and data[1:2] in {b"\x01", b"\x5e", b"\x9c", b"\xda"}:
        yield from _attempt(lambda: zlib.decompress(data))
    elif data[:4] == b"PK\x03\x04":
        yield from _zipped(data)


def _decoded(data: bytes) -> Iterator[bytes]:
    """Yield what base64 in some text holds, if that is packed or a pickle."""
    for match in _BASE64.finditer(data):
        text = match.group()
        with contextlib.suppress(ValueError):
            inner = base64.b64decode(text[: len(text) - len(text) % 4])
            if inner.startswith(_PACKED):
                yield inner


def _attempt(unpack: Callable[[], bytes]) -> Iterator[bytes]:
    try:
        yield unpack()[:_LARGEST]
    except (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError):
        return


def _zipped(data: bytes) -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for info in archive.infolist():
                if info.file_size <= _LARGEST:
                    yield archive.read(info)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, zlib.error):
        return


def _pickled(data: bytes) -> list[bytes] | None:
    """Return what a pickle holds, escapes undone: its bytes, and its texts, a line each.

    None for what is no pickle, or one that cannot be read to its end: then its own bytes are all.
    """
    if not _PICKLE.match(data):
        return None
    texts: list[bytes] = []
    held: list[bytes] = []
    try:
        for _, argument, _ in pickletools.genops(data):
            if isinstance(argument, str):
                texts.append(argument.encode("utf-8", "surrogatepass"))
            elif isinstance(argument, (bytes, bytearray)) and len(argument) > 3:
                held.append(bytes(argument))
    except (ValueError, IndexError, EOFError, UnicodeDecodeError):
        return None
    return [*held, b"\n".join(texts)]
