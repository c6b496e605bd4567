"""The package holds what each platform and each Python needs, and works with nothing but that."""

from __future__ import annotations

import json
import re
import shutil
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from install import newer_program

pytestmark = [pytest.mark.editors, pytest.mark.timeout(300)]

CHECKOUT = Path(__file__).resolve().parents[2]
BUNDLE = CHECKOUT / "vscode-client" / "scripts" / "bundle.py"
MINORS = range(10, 15)

# The beginning of a compiled module says for which processor it is.
ELF_X64, ELF_ARM64 = b"\x3e\x00", b"\xb7\x00"
MACH_X64, MACH_ARM64 = b"\x07\x00\x00\x01", b"\x0c\x00\x00\x01"
PE_X64, PE_ARM64 = b"\x64\x86", b"\x64\xaa"
PROCESSOR = {
    "linux-x64": ELF_X64,
    "linux-arm64": ELF_ARM64,
    "darwin-x64": MACH_X64,
    "darwin-arm64": MACH_ARM64,
    "win32-x64": PE_X64,
    "win32-arm64": PE_ARM64,
}


def processor_of(module: Path) -> bytes:
    """The processor for which a compiled module is, as its format writes it."""
    data = module.read_bytes()
    match data[:4]:
        case b"\x7fELF":
            return data[18:20]
        case b"\xcf\xfa\xed\xfe":
            return data[4:8]
    assert data[:2] == b"MZ", module
    (header,) = struct.unpack_from("<I", data, 0x3C)
    return data[header + 4 : header + 6]


@pytest.mark.parametrize("target", PROCESSOR)
def test_each_platform_has_the_compiled_modules_of_every_python(tmp_path: Path, target: str):
    folder = tmp_path / "bundled"
    command = [sys.executable, str(BUNDLE), "--target", target, "--into", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    modules = [path for path in folder.rglob("*") if path.suffix in {".so", ".pyd"}]
    assert {processor_of(module) for module in modules} == {PROCESSOR[target]}
    for name in {(module.parent, module.name.partition(".")[0]) for module in modules}:
        tags = " ".join(m.name for m in modules if (m.parent, m.name.partition(".")[0]) == name)
        stable = "abi3" in tags or re.search(r"_binding\.pyd", tags)
        assert stable or all(re.search(rf"cp(ython-)?3{minor}\b", tags) for minor in MINORS), tags
    for part in ("serve.py", "flavor/dspy_flavor/__init__.py", "server/dspy_language_server/cli"):
        assert (folder / part).exists()


def test_every_target_is_built_by_make():
    listed = subprocess.run(
        [sys.executable, str(BUNDLE), "--list"], capture_output=True, text=True, check=True
    )
    assert listed.stdout.split() == list(PROCESSOR)


@pytest.fixture(scope="module")
def unpacked(vsix: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package's files."""
    folder = tmp_path_factory.mktemp("package")
    with zipfile.ZipFile(vsix) as archive:
        archive.extractall(folder)
    return folder / "extension"


def pythons() -> list[list[str]]:
    """This Python, the newest, and every other that this machine has, of those that are supported."""
    found = {"this": [sys.executable], "3.14": newer_program("python3.14")}
    for minor in MINORS:
        for file in [
            *Path.home().glob(f".pyenv/versions/3.{minor}.*/bin/python3.{minor}"),
            *([Path(p)] if (p := shutil.which(f"python3.{minor}")) and ".pyenv" not in p else []),
        ]:
            found[f"3.{minor}"] = [str(file)]
    return list(found.values())


def test_the_server_checks_with_any_python_without_packages_and_network(
    unpacked: Path, tmp_path: Path, editors: Path
):
    (tmp_path / "app.py").write_text('import dspy\nqa = dspy.Predict("question -> answer: flot")\n')
    # A package that a Python finds by itself must not be what is used.
    without_network = ["unshare", "--net", "--map-root-user"] if shutil.which("unshare") else []
    if subprocess.run([*without_network, "true"], capture_output=True, check=False).returncode:
        without_network = []
    for python in pythons():
        serve = str(unpacked / "bundled" / "serve.py")
        done = subprocess.run(
            [*without_network, *python, "-I", "-S", serve, "check", "app.py", "--format", "json"],
            cwd=tmp_path,
            env={"PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1, (python, done.stderr)
        assert [one["code"] for one in json.loads(done.stdout)] == ["DSP104"], python
        assert done.stderr == "", python


def test_the_package_holds_what_people_read_and_nothing_of_ours(unpacked: Path, vsix: Path):
    # By the archive: the Pythons of the test before have compiled what is unpacked.
    with zipfile.ZipFile(vsix) as archive:
        names = {name.removeprefix("extension/").lower() for name in archive.namelist()}
    for wanted in (
        "readme.md",
        "changelog.md",
        "license.txt",
        "troubleshooting.md",
        "package.json",
    ):
        assert wanted in names
    assert not {n for n in names if n.endswith((".ts", ".map", ".pyc")) or "node_modules" in n}
    for page in ("readme.md", "TROUBLESHOOTING.md"):
        for link in re.findall(r"\]\(([^)#:\s]+)\)", (unpacked / page).read_text()):
            assert (unpacked / link).exists(), f"{page} links to {link}"
