"""Environments with other releases of dspy or Python, made once in `.venvs/` by uv."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".venvs"
# Packages whose types people write beside dspy's, so that the tables know them.
BESIDE = ("numpy", "pandas")
RELEASES = ("2.6.27", "3.0.4", "3.1.3", "3.2.1", "3.3.1", "3.4.1")
PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
# Measured in a build for WebAssembly: the npm package, and the pydantic of the other environments.
IN_WASM = {"3.14": ("pyodide@314.0.7", "pydantic==2.14.4", "cp314", "pyemscripten_2026_0_wasm32")}
NEWEST = RELEASES[-1]


def uv() -> str:
    beside = Path(sys.executable).with_name("uv")
    found = str(beside) if beside.exists() else shutil.which("uv")
    if not found:
        raise SystemExit("uv is missing: run `make setup` first.")
    return found


def _make(folder: Path, python: str, requirement: str) -> Path:
    interpreter = folder / "bin" / "python"
    if not (folder / ".ready").exists():
        print(f"Installing {requirement} into {folder.name} ...", file=sys.stderr, flush=True)
        subprocess.run([uv(), "venv", "--quiet", "--clear", "--python", python, folder], check=True)
        subprocess.run(
            [uv(), "pip", "install", "--quiet", "--python", interpreter, requirement, *BESIDE],
            check=True,
        )
        (folder / ".ready").touch()
    return interpreter


def for_release(release: str) -> Path:
    """The interpreter of an environment with that dspy release, on this Python."""
    return _make(FOLDER / f"dspy-{release}", sys.executable, f"dspy=={release}")


def for_python(version: str) -> Path:
    """The interpreter of an environment with that Python and the newest dspy."""
    if version == f"{sys.version_info.major}.{sys.version_info.minor}":
        return for_release(NEWEST)
    found = _from_pyenv(version) or shutil.which(f"python{version}") or version
    return _make(FOLDER / f"python-{version}", found, f"dspy=={NEWEST}")


def for_wasm(version: str) -> Path:
    """A folder with that Python for Node.js, and pydantic beside it."""
    folder = FOLDER / f"python-{version}"
    package, requirement, abi, platform = IN_WASM[version]
    if not (folder / ".ready").exists():
        print(f"Installing {package} into {folder.name} ...", file=sys.stderr, flush=True)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"private": true}\n')
        npm = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run([*npm, "--prefix", folder, package], check=True, stdout=subprocess.DEVNULL)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        where = ["--target", folder / "site", "--python-version", version, "--abi", abi]
        kind = ["--only-binary", ":all:", "--platform", platform, "--implementation", "cp"]
        subprocess.run([*pip, *where, *kind, requirement], check=True)
        (folder / ".ready").touch()
    return folder


def _from_pyenv(version: str) -> str | None:
    versions = (Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python")
    return next((str(path) for path in versions), None)
