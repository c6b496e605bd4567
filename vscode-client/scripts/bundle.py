"""Puts the language server, its libraries and the flavor's source into `bundled/`.

    python scripts/bundle.py [--target linux-x64]
    python scripts/bundle.py --list

The libraries are the wheels of every CPython that the extension supports, for one platform, in
the versions of tests/requirements.lock. Compiled modules carry the interpreter's tag in their
file names, so the wheels of several Pythons share one folder. The same checkout gives the same
bytes.
"""

from __future__ import annotations

import argparse
import filecmp
import json
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

CLIENT = Path(__file__).resolve().parents[1]
CHECKOUT = CLIENT.parent
BUNDLED = CLIENT / "bundled"

PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")

# VS Code's name of a platform -> uv's. manylinux_2_28 is older than what VS Code itself asks for.
PLATFORMS = {
    "linux-x64": "x86_64-manylinux_2_28",
    "linux-arm64": "aarch64-manylinux_2_28",
    "darwin-x64": "x86_64-apple-darwin",
    "darwin-arm64": "aarch64-apple-darwin",
    "win32-x64": "x86_64-pc-windows-msvc",
    "win32-arm64": "aarch64-pc-windows-msvc",
}

# Of a distribution's metadata only what names it and its licence is shipped.
SHIPPED_METADATA = ("METADATA", "LICENSE", "LICENCE", "NOTICE", "licenses")


class BundleError(Exception):
    """The bundle cannot be made; the message says why."""


def main() -> int:
    """Builds `bundled/` for one target."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--target", choices=PLATFORMS, default=local_target())
    parser.add_argument("--list", action="store_true", help="name the targets and build none")
    parser.add_argument("--into", type=Path, default=BUNDLED, help="the folder that is replaced")
    options = parser.parse_args()
    if options.list:
        print("\n".join(PLATFORMS))
        return 0
    target, folder = options.target, options.into
    try:
        shutil.rmtree(folder, ignore_errors=True)
        libraries = bundle_libraries(target, folder / "libs")
        copy_source(CHECKOUT / "server" / "dspy_language_server", folder / "server")
        copy_source(CHECKOUT / "flavor" / "dspy_flavor", folder / "flavor")
    except (BundleError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    shutil.copy2(CLIENT / "scripts" / "serve.py", folder / "serve.py")
    # Written last: its presence says that the bundle is complete.
    description = {"target": target, "pythons": PYTHONS, "libraries": libraries}
    (folder / "bundle.json").write_text(json.dumps(description, indent=2) + "\n")
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"Bundled the server for {target}: {size / 1e6:.1f} MB in {folder}")
    return 0


def local_target() -> str:
    """VS Code's name of the platform that this runs on."""
    system = {"Linux": "linux", "Darwin": "darwin", "Windows": "win32"}[platform.system()]
    arm = platform.machine().lower() in ("arm64", "aarch64")
    return f"{system}-{'arm64' if arm else 'x64'}"


def bundle_libraries(target: str, destination: Path) -> list[str]:
    """Merges the libraries of every Python into `destination`; returns `name==version` of each."""
    libraries: set[str] = set()
    with tempfile.TemporaryDirectory() as temporary:
        for python in PYTHONS:
            folder = Path(temporary) / python
            install_libraries(folder, python, target)
            libraries |= {
                "==".join(path.name.removesuffix(".dist-info").split("-", 1))
                for path in folder.glob("*.dist-info")
            }
            merge(folder, destination)
    return sorted(libraries)


def install_libraries(folder: Path, python: str, target: str) -> None:
    """Installs the server's requirements for one Python of the target platform."""
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    if uv is None:
        raise BundleError("uv is missing: run `make setup`, then use .venv/bin/python")
    # The project's own dependencies, read by uv from pyproject.toml, in the locked versions.
    command = [uv, "pip", "install", "--quiet", "--target", str(folder)]
    command += ["--python-version", python, "--python-platform", PLATFORMS[target]]
    command += ["--only-binary", ":all:", "--link-mode", "copy", "--no-compile-bytecode"]
    command += ["--constraints", str(CHECKOUT / "tests" / "requirements.lock")]
    command += ["--requirements", str(CHECKOUT / "pyproject.toml")]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise BundleError(f"no libraries for Python {python} on {target}:\n{result.stderr}")


def merge(source: Path, destination: Path) -> None:
    """Copies what is not there yet; two versions of one file would be a defect of the bundle."""
    for path in sorted(source.rglob("*")):
        relative = path.relative_to(source)
        if path.is_dir() or not is_shipped(relative):
            continue
        copy = destination / relative
        if not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
        # METADATA of one version is the same in all its wheels.
        elif not filecmp.cmp(path, copy, shallow=False):
            raise BundleError(f"{relative} is not the same for every Python")


def is_shipped(relative: Path) -> bool:
    """Whether a file of an installed library belongs into the extension."""
    top = relative.parts[0]
    if top.endswith(".dist-info"):
        return relative.parts[1].startswith(SHIPPED_METADATA)
    return top != "bin" and "__pycache__" not in relative.parts and relative.name != ".lock"


def copy_source(source: Path, destination: Path) -> None:
    """Copies a package of this checkout below `destination`."""
    ignore = shutil.ignore_patterns("__pycache__", "*.pyc")
    shutil.copytree(source, destination / source.name, ignore=ignore)


if __name__ == "__main__":
    sys.exit(main())
