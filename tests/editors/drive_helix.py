"""Uses the server as a person in Helix does: keys go to a terminal of tmux, and its screen is read.

    python drive_helix.py SOCKET_NAME HELIX_COMMAND...

What was seen is written as JSON to $TEST_RESULT, as the other editors' drivers do.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

LIMIT_SECONDS = 90


class Terminal:
    """A program in a terminal of its own server of tmux."""

    def __init__(self, socket: str, command: list[str]) -> None:
        self._tmux = ["tmux", "-L", socket, "-f", "/dev/null"]
        self._run("new-session", "-d", "-x", "160", "-y", "50", shlex.join(command))

    def press(self, *keys: str) -> None:
        """Presses keys by tmux's names for them."""
        self._run("send-keys", *keys)

    def type(self, text: str) -> None:
        """Types a text as it is."""
        self._run("send-keys", "-l", text)

    def search(self, text: str) -> None:
        """Moves to the next place of a text and selects it."""
        self.type(f"/{text}")
        self.wait("the search", lambda screen: f"search:{text}" in screen)
        self.press("Enter")
        self.wait("the end of the search", lambda screen: f"search:{text}" not in screen)

    def menu(self, key: str, entry: str) -> None:
        """Chooses from the menu that the space bar opens."""
        self.type(" ")
        self.wait("the menu", lambda screen: entry.lower() in screen.lower())
        self.type(key)

    def screen(self) -> str:
        """What the terminal shows."""
        return self._run("capture-pane", "-p")

    def wait(self, what: str, condition: Callable[[str], bool]) -> str:
        """Waits until the screen fulfils a condition, and returns it."""
        deadline = time.monotonic() + LIMIT_SECONDS
        while not condition(screen := self.screen()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"waited in vain for {what}; the screen:\n{screen}")
            time.sleep(0.1)
        return screen

    def close(self) -> None:
        """Ends the terminal with all that runs in it."""
        subprocess.run([*self._tmux, "kill-server"], capture_output=True, check=False)

    def _run(self, *arguments: str) -> str:
        done = subprocess.run([*self._tmux, *arguments], capture_output=True, text=True, check=True)
        return done.stdout


def drive(terminal: Terminal) -> dict[str, str]:
    """Diagnostics, hover, completion and the log, each read from the screen."""
    seen = {}
    seen["diagnostics"] = terminal.wait("the finding", lambda screen: "Did you mean" in screen)
    terminal.search("question")
    terminal.menu("k", "Show docs")
    seen["hover"] = terminal.wait("the hover", lambda screen: "Input field" in screen)
    terminal.press("Escape")
    terminal.wait("the closed hover", lambda screen: "Input field" not in screen)

    terminal.search("flot")
    terminal.type("c")
    terminal.wait("insert mode", lambda screen: " INS " in screen)
    terminal.press("C-x")
    seen["completions"] = terminal.wait("the types", lambda screen: "Literal" in screen)
    terminal.press("Escape")
    terminal.wait("normal mode", lambda screen: " NOR " in screen)

    terminal.type(f":open {os.environ['TEST_PROGRAM']}")
    terminal.press("Enter")
    terminal.wait("the program", lambda screen: "class CoT" in screen)
    terminal.search("CoT.dspy")
    terminal.menu("a", "code action")
    # The program's own first lines name the action, too.
    seen["actions"] = terminal.wait("the actions", lambda screen: screen.count("Log `CoT` to") == 2)
    terminal.press("Enter")
    seen["said"] = terminal.wait("the closing message", lambda screen: "models:/" in screen)
    terminal.type(":quit-all!")
    terminal.press("Enter")
    return seen


def main() -> int:
    """Drives and writes down."""
    terminal = Terminal(sys.argv[1], sys.argv[2:])
    try:
        seen = drive(terminal)
    except (TimeoutError, subprocess.CalledProcessError) as error:
        seen = {"error": str(error)}
    Path(os.environ["TEST_RESULT"]).write_text(json.dumps(seen))
    terminal.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
