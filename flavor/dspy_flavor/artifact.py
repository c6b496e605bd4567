"""The files of a model: a manifest with their hashes, and paths that stay inside."""

import contextlib
import hashlib
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from .errors import damaged

MANIFEST = "dspy_flavor.json"
FORMAT = 1
"""Counts up when files are written that an older loader would misread."""
LARGEST_JSON = 64 * 1024 * 1024
_HASHED = ("data", "code")


def sha256(data: bytes) -> str:
    """Return the hash of some bytes, as the manifest spells it."""
    return hashlib.sha256(data).hexdigest()


def hash_files(root: Path) -> dict[str, str]:
    """Return the hash of each file of a model that holds the program: not MLflow's own."""
    return {
        path.relative_to(root).as_posix(): sha256(path.read_bytes())
        for folder in _HASHED
        for path in sorted((root / folder).rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def write_manifest(root: Path, content: dict[str, Any]) -> str:
    """Write the manifest with the hashes of all files, and return its own hash."""
    full = {"format": FORMAT, **content, "files": hash_files(root)}
    data = json.dumps(full, indent=1).encode()
    (root / MANIFEST).write_bytes(data)
    return sha256(data)


def read_manifest(root: Path, expected: Any) -> dict[str, Any]:
    """Read the manifest, check it and every file it names; raise an error that names the file.

    Args:
        root: The model's folder.
        expected: The manifest's hash, as the MLmodel file says.
    """
    path = inside(root, MANIFEST)
    data = read_bytes(path, LARGEST_JSON)
    if sha256(data) != expected:
        raise damaged(f"{MANIFEST} of this model is not the one that was saved: {_ADVICE}")
    manifest = parse_json(data, MANIFEST)
    if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), dict):
        raise damaged(f"{MANIFEST} of this model is not a manifest: {_ADVICE}")
    written = manifest.get("format")
    if not isinstance(written, int) or written > FORMAT:
        shown = repr(written)[:40]
        raise damaged(
            f"This model has format {shown}, made by dspy_flavor"
            f" {str(manifest.get('dspy_flavor_version', 'unknown'))[:40]}; this one reads up to {FORMAT}."
            " Upgrade it: pip install -U 'dspy-companion[flavor]'."
        )
    _check_files(root, manifest["files"])
    return manifest


_LONGEST_NAME = 255
"""Bytes that file systems take for a name."""
_ADVICE = "it was altered or cut off. Download the model again, or log it anew."


def _check_files(root: Path, files: dict[str, Any]) -> None:
    """Check that the folders hold the files of the manifest, and nothing else.

    One walk tells which names are plain files below plain folders; only a name that it did not
    meet is resolved, to say what is wrong with it.
    """
    found = {name: entry for folder in _HASHED for name, entry in _entries(root / folder, folder)}
    for name, expected in files.items():
        path = root / name if name in found else inside(root, name)
        if _hash_of(path) != expected:
            raise damaged(f"The file {name} of this model is not the one that was saved: {_ADVICE}")
    for name in sorted(found):
        if found[name].is_symlink():
            raise damaged(f"{name} in this model is a link, which no model contains: {_ADVICE}")
        if name not in files and found[name].is_file():
            raise damaged(f"The file {name} was added to this model after it was saved.")


def _entries(folder: Path, name: str) -> Iterator[tuple[str, "os.DirEntry[str]"]]:
    """Yield what is below a folder, with its name in the model; links are not followed."""
    if folder.is_symlink():
        raise damaged(f"{name} in this model is a link, which no model contains: {_ADVICE}")
    waiting = [(os.fspath(folder), name)]
    while waiting:
        path, prefix = waiting.pop()
        if not os.path.isdir(path):  # noqa: PTH112 - a text
            continue
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.name == "__pycache__" and not entry.is_symlink():
                    continue
                below = f"{prefix}/{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    waiting.append((entry.path, below))
                else:
                    yield below, entry


def inside(root: Path, name: Any) -> Path:
    """Return the path of a model's file, which must lie in the model's folder and be no link."""
    if not isinstance(name, str) or not name or "\x00" in name:
        raise damaged(f"This model names a file {name!r}, which is no path: {_ADVICE}")
    if any(len(part.encode("utf-8", "surrogatepass")) > _LONGEST_NAME for part in Path(name).parts):
        raise damaged(f"This model names a file {name[:40]!r}…, longer than any can be: {_ADVICE}")
    path = root / name
    real_root, real = os.path.realpath(root), os.path.realpath(path)
    if Path(name).is_absolute() or os.path.commonpath([real_root, real]) != real_root:
        raise damaged(f"This model refers to {name}, outside its own folder. It is not loaded.")
    if Path(real) != Path(real_root, *Path(name).parts):
        raise damaged(f"{name} in this model is a link or leads through one. It is not loaded.")
    return path


def read_bytes(path: Path, largest: int | None = None) -> bytes:
    """Read a file that must be there, and no larger than `largest` bytes."""
    with _opened(path) as file:
        if largest is not None and os.fstat(file.fileno()).st_size > largest:
            raise damaged(f"{path.name} is larger than {largest // 2**20} MB. It is not loaded.")
        return file.read()


def _hash_of(path: Path) -> str:
    """Return a file's hash without holding the file."""
    digest = hashlib.sha256()
    with _opened(path, buffering=0) as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


@contextlib.contextmanager
def _opened(path: Path, buffering: int = -1) -> Iterator[BinaryIO]:
    """Open a regular file: a pipe or a device might never end."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            raise damaged(f"{path.name} in this model is no regular file. It is not loaded.")
        with path.open("rb", buffering) as file:
            yield file
    except OSError as error:
        raise damaged(
            f"The file {path.name} of this model cannot be read ({error.strerror}): {_ADVICE}"
        ) from error


def parse_json(data: bytes, name: str) -> Any:
    """Parse JSON of a bounded size and depth."""
    if len(data) > LARGEST_JSON:
        raise damaged(f"{name} is larger than {LARGEST_JSON // 2**20} MB. It is not loaded.")
    try:
        return json.loads(data)
    except RecursionError as error:
        raise damaged(f"{name} is nested too deeply. It is not loaded.") from error
    except ValueError as error:
        raise damaged(f"{name} is no JSON ({error}): {_ADVICE}") from error
