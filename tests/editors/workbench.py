"""VS Code's workbench as a person uses it: by keyboard, and by what is on the screen."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from editor_browser import Browser, BrowserError

# Long enough for a machine that is busy with other tests; nothing is measured here.
LIMIT_SECONDS = 90


class Workbench:
    """One VS Code window.

    Args:
        browser: The browser that shows it.
        address: The address of its folder.
        folder: The folder on disk.
        screenshots: Where pictures of the steps are kept.
    """

    def __init__(self, browser: Browser, address: str, folder: Path, screenshots: Path) -> None:
        self.browser = browser
        self.folder = folder
        self._screenshots = screenshots
        browser.do("goto", url=address)
        self.see(".monaco-workbench .explorer-folders-view")

    # --- What is on the screen --------------------------------------------------------------------

    def see(self, selector: str, text: str | None = None) -> str:
        """Waits until something is visible and returns its text."""
        self.browser.do("wait", selector=selector, timeout=LIMIT_SECONDS * 1000, **_text(text))
        return self.texts(selector, text)[0]

    def gone(self, selector: str, text: str | None = None) -> None:
        """Waits until something is no longer there."""
        self.browser.do(
            "wait", selector=selector, state="hidden", timeout=LIMIT_SECONDS * 1000, **_text(text)
        )

    def texts(self, selector: str, text: str | None = None) -> list[str]:
        """The texts of all that is there now."""
        found = self.browser.do("texts", selector=selector, **_text(text))
        # The editor writes its spaces as no-break spaces.
        return [entry.replace("\xa0", " ") for entry in found]

    def screenshot(self, name: str) -> None:
        """Keeps a picture of the window, for a person to look at."""
        self._screenshots.mkdir(parents=True, exist_ok=True)
        self.browser.do("screenshot", path=str(self._screenshots / f"{name}.png"))

    # --- Files and places -------------------------------------------------------------------------

    def write(self, name: str, content: str) -> Path:
        """Writes a file into the folder, behind the editor's back."""
        file = self.folder / name
        file.write_text(content, encoding="utf-8")
        return file

    def open(self, name: str) -> None:
        """Opens a file of the folder in the only group of editors."""
        self.command("View: Close All Editors")
        self.gone(".tabs-container .tab")
        self.press("Control+p")
        # By its whole path: a file that was just written may not be in the index yet.
        self._fill_quick_input(str(self.folder / name))
        self.see(".quick-input-list .monaco-list-row.focused", name)
        self.press("Enter")
        self.see(".tabs-container .tab.active", name)
        self.gone(".quick-input-widget:visible")

    def go_to(self, line: int, column: int = 1) -> None:
        """Moves the caret, both counted from 1."""
        self.press("Control+g")
        self._fill_quick_input(f":{line}:{column}")
        self.see(".quick-input-list .monaco-list-row", f"line {line} at column {column}")
        self.press("Enter")
        self.see("#status\\.editor\\.selection", f"Ln {line}, Col {column}")

    def go_to_text(self, file: Path, text: str, offset: int = 0) -> None:
        """Moves the caret to the first place of a text, as the file is on disk."""
        before, _, _ = file.read_text(encoding="utf-8").partition(text)
        line = before.count("\n") + 1
        self.go_to(line, len(before) - (before.rfind("\n") + 1) + 1 + offset)

    def save(self, file: Path, wanted: str) -> str:
        """Saves the active editor until the file on disk holds a text, and returns all of it.

        What was done before (a fix, a rename) reaches the editor a moment after it was chosen.
        """

        def saved() -> str:
            self.press("Control+s")
            self.gone(".tabs-container .tab.active.dirty")
            text = file.read_text(encoding="utf-8")
            return text if wanted in text else ""

        return until(saved)

    # --- Commands ---------------------------------------------------------------------------------

    def press(self, key: str) -> None:
        """Presses a key or a combination."""
        self.browser.do("press", key=key)

    def press_until(self, key: str, selector: str, text: str | None = None) -> None:
        """Presses a key that opens something; once more where a busy window has lost it."""

        def opened() -> bool:
            self.press("Escape")  # what a first key did open late would take the second one
            self.press(key)
            self.browser.do("wait", selector=selector, timeout=6000, **_text(text))
            return True

        until(opened)

    def type(self, text: str) -> None:
        """Types a text letter by letter."""
        self.browser.do("type", text=text, delay=20)

    def command(self, title: str) -> None:
        """Runs a command from the palette by its full title."""
        self.press("F1")
        self._fill_quick_input(f">{title}")
        self.see(".quick-input-list .monaco-list-row", title)
        # The palette puts what was used last first, so the entry may stand further down.
        self._choose_focused(".quick-input-list", lambda entry: entry.split("\n")[0] == title)

    def choose_action(self, title: str) -> None:
        """Opens the light bulb's menu at the caret and chooses an entry by keyboard."""
        self.press_until("Control+.", ".action-widget .monaco-list-row", title)
        self._choose_focused(".action-widget", lambda entry: title in entry)
        self.gone(".action-widget")

    def _choose_focused(self, menu: str, wanted: Callable[[str], bool]) -> None:
        """Moves down in a menu until the wanted entry has the focus, and takes it."""
        for _ in range(40):
            if any(wanted(entry) for entry in self.texts(f"{menu} .monaco-list-row.focused")):
                self.press("Enter")
                return
            self.press("ArrowDown")
        raise AssertionError(f"not in the menu: {self.texts(menu)}")

    def answer(self, text: str) -> None:
        """Answers the question in the input box at the top."""
        self._fill_quick_input(text)
        self.press("Enter")

    def _fill_quick_input(self, text: str) -> None:
        self.see(".quick-input-widget:visible input")
        self.press("Control+a")
        self.browser.do("insert", text=text)

    # --- Language features ------------------------------------------------------------------------

    def hover(self, *wanted: str) -> str:
        """The text of the hover at the caret, once it holds all that is wanted.

        A finding and the server's own words come one after the other.
        """

        def shown() -> str:
            self.press("Escape")
            self.command("Show or Focus Hover")
            self.browser.do("sleep", milliseconds=700)
            text = "\n".join(self.texts(".monaco-hover:visible .hover-contents"))
            return text if all(each in text for each in wanted) else ""

        return until(shown)

    def completions(self, wanted: str) -> list[str]:
        """The names that are offered at the caret, once one of them is there."""
        self.press_until("Control+Space", ".suggest-widget.visible .label-name", wanted)
        return self.texts(".suggest-widget.visible .monaco-list-row .label-name")

    def problem(self, wanted: str, code: str) -> str:
        """The entry of the problems panel with a text and a code; the panel lists the whole folder."""
        self.command("Problems: Focus on Problems View")
        self.browser.do("click", selector=".viewpane-filter input")
        self.press("Control+a")
        self.browser.do("insert", text=wanted)
        rows = ".markers-panel .monaco-list-row"
        return until(lambda: next((r for r in self.texts(rows, code) if wanted in r), None))

    def notification(self, text: str) -> str:
        """Waits for a notification and returns all that it says."""
        return self.see(".notifications-toasts .notification-list-item", text)

    def clear_notifications(self) -> None:
        """Closes all notifications."""
        self.command("Notifications: Clear All Notifications")
        self.gone(".notifications-toasts .notification-list-item")

    def beside(self) -> str:
        """The lines that the editor of the second group shows."""
        return self.browser.do(
            "evaluate",
            script="""
            [...(document.querySelectorAll('.editor-group-container')[1]
                ?.querySelectorAll('.view-line') ?? [])].map((line) => line.innerText).join('\\n')
            """,
        ).replace("\xa0", " ")

    def shown_text(self) -> str:
        """The lines of the active editor that are on the screen."""
        return "\n".join(self.texts(".editor-group-container.active .view-line"))


def until(condition: Callable[[], Any], *, seconds: float = LIMIT_SECONDS) -> Any:
    """Asks until the answer is true; the last answer, whatever it was, ends the wait."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            answer = condition()
        except BrowserError:
            if time.monotonic() > deadline:
                raise
            answer = None
        if answer:
            return answer
        assert time.monotonic() < deadline, f"still {answer!r} after {seconds} s"
        time.sleep(0.2)


def _text(text: str | None) -> dict[str, str]:
    return {} if text is None else {"text": text}
