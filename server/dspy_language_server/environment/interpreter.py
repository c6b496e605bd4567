"""What an interpreter has installed, read from its files in milliseconds: nothing is imported, nothing is run."""

import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_LIBRARY = re.compile(r"python(\d+\.\d+)t?$")


class Environment(NamedTuple):
    """An interpreter and what it has.

    Attributes:
        interpreter: The path that was given.
        python: Its version, `3.12`, or None when its files do not tell.
        site_packages: The folders in which its packages are looked for, those of a venv first.
        standard_library: The folder of its standard library, or None.
        dspy: The installed release of dspy, or None.
        mlflow: The installed release of mlflow, or None.
    """

    interpreter: str
    python: str | None
    site_packages: tuple[str, ...]
    standard_library: str | None
    dspy: str | None
    mlflow: str | None


def detect(interpreter: str) -> Environment:
    """Reads an interpreter's environment from `pyvenv.cfg`, its folders and the packages' metadata.

    Args:
        interpreter: The path of a Python executable. It need not exist: what cannot be found is None.
    """
    path = Path(interpreter).expanduser()
    prefixes = list(_prefixes(path))
    version, site_packages, standard = None, [], None
    for prefix, packages_count in prefixes:
        for library, found in _libraries(prefix):
            version = version or found
            if found != version:
                continue
            if standard is None and (library / "os.py").exists():
                standard = str(library)
            if packages_count:
                site_packages += _package_folders(library)
        if packages_count:
            site_packages += _package_folders(prefix / "lib" / "python3")
    folders = [*site_packages, *_linked(site_packages)]
    return Environment(
        str(path),
        version,
        tuple(dict.fromkeys(folders)),
        standard,
        installed_version("dspy", folders) or installed_version("dspy-ai", folders),
        installed_version("mlflow", folders) or installed_version("mlflow-skinny", folders),
    )


def _package_folders(library: Path) -> list[str]:
    folders = (library / "site-packages", library / "dist-packages")
    return [str(folder) for folder in folders if folder.is_dir()]


def _prefixes(path: Path) -> Iterator[tuple[Path, bool]]:
    """The venv's folder, then its base installation's, each with whether its packages are visible."""
    prefix = path.parent.parent
    configuration = next(
        (p for p in (prefix / "pyvenv.cfg", path.parent / "pyvenv.cfg") if p.is_file()), None
    )
    if configuration is not None:
        yield configuration.parent, True
        home = _configured(configuration, "home")
        system = (_configured(configuration, "include-system-site-packages") or "").lower()
        if home:
            yield Path(home).parent, system == "true"
        return
    real = Path(os.path.realpath(path))
    yield real.parent.parent, True
    if prefix != real.parent.parent:
        yield prefix, True


def _configured(configuration: Path, key: str) -> str | None:
    try:
        text = configuration.read_text("utf-8", "replace")
    except OSError:
        return None
    for line in text.splitlines():
        name, equals, value = line.partition("=")
        if equals and name.strip().lower() == key:
            return value.strip()
    return None


def _libraries(prefix: Path) -> Iterator[tuple[Path, str]]:
    for parent in (prefix / "lib", prefix / "lib64"):
        try:
            entries = sorted(parent.iterdir(), reverse=True)
        except OSError:
            continue
        for entry in entries:
            match = _LIBRARY.match(entry.name)
            if match and entry.is_dir():
                yield entry, match.group(1)
        return
    windows = prefix / "Lib"
    if windows.is_dir():
        yield windows, f"{sys.version_info.major}.{sys.version_info.minor}"


def _linked(site_packages: list[str]) -> Iterator[str]:
    """Folders that `.pth` files add: editable installs. Lines of code in them are not run."""
    for folder in site_packages:
        for path in sorted(Path(folder).glob("*.pth")):
            try:
                lines = path.read_text("utf-8", "replace").splitlines()
            except OSError:
                continue
            for line in lines:
                entry = line.strip()
                if entry and not entry.startswith(("#", "import ", "import\t")):
                    target = Path(folder, entry)
                    if target.is_dir():
                        yield str(target)


def installed_version(distribution: str, folders: list[str]) -> str | None:
    """The version of a distribution, from the name of its metadata folder."""
    wanted = distribution.replace("-", "_").lower()
    for folder in folders:
        try:
            names = [entry.name for entry in os.scandir(folder)]
        except OSError:
            continue
        for name in names:
            if not name.endswith((".dist-info", ".egg-info")):
                continue
            found, _, version = name.rpartition(".")[0].partition("-")
            if found.lower().replace("-", "_").replace(".", "_") == wanted and version:
                return _editable_version(Path(folder, name)) or version
    return None


def _editable_version(folder: Path) -> str | None:
    """For an editable install the metadata's own word, where it differs from the folder's name."""
    origin = folder / "direct_url.json"
    try:
        editable = json.loads(origin.read_text("utf-8")).get("dir_info", {}).get("editable")
        text = (folder / "METADATA").read_text("utf-8", "replace") if editable else ""
    except (OSError, ValueError, AttributeError):
        return None
    for line in text.splitlines()[:20]:
        if line.startswith("Version:"):
            return line.partition(":")[2].strip()
    return None
