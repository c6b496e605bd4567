"""`[tool.dspy-companion]` of a pyproject.toml: text in, configuration and problems out."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from dspy_language_server.signature.model import Severity, Span

SECTION = "dspy-companion"
SELECTOR = re.compile(r"DSP\d{0,3}|ALL")


@dataclass(frozen=True)
class Configuration:
    """Which rules apply, how severe each is, and which files are left out.

    Attributes:
        select: Codes or their beginnings (`DSP5`, `ALL`); empty selects all.
        ignore: Codes or their beginnings that are not reported; stronger than `select`.
        severity: A severity by code or beginning, the longest one counts; None switches off.
        exclude: Glob patterns of paths that are not checked, relative to the file's folder.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, Severity | None] = field(default_factory=dict)
    exclude: tuple[str, ...] = ()

    @property
    def changes_nothing(self) -> bool:
        """Whether all findings are reported as they are."""
        return not (self.select or self.ignore or self.severity)

    def reports(self, code: str) -> bool:
        """Whether findings of this code are reported."""
        if self.select and not any(matches(s, code) for s in self.select):
            return False
        return not any(matches(s, code) for s in self.ignore)

    def severity_of(self, code: str, severity: Severity) -> Severity | None:
        """The severity of a finding; None: it is switched off."""
        fitting = [selector for selector in self.severity if matches(selector, code)]
        return self.severity[max(fitting, key=len)] if fitting else severity


DEFAULT = Configuration()


class ConfigurationProblem(NamedTuple):
    """Something in the table that cannot be followed; the rest of it is."""

    message: str
    span: Span


def matches(selector: str, code: str) -> bool:
    """Whether a code or its beginning, or `ALL`, means this code."""
    return selector == "ALL" or code.startswith(selector)


def read(
    text: str, codes: frozenset[str] = frozenset()
) -> tuple[Configuration, tuple[ConfigurationProblem, ...]]:
    """The configuration in the text of a pyproject.toml, and what is wrong with it.

    Args:
        text: The whole file.
        codes: The codes that exist; empty checks their shape only.
    """
    try:
        document = _parse(text)
    except ValueError as error:  # TOMLDecodeError, or int()'s own for a number without end
        return DEFAULT, (ConfigurationProblem(f"Not valid TOML: {error}.", Span(0, 0)),)
    except RecursionError:
        return DEFAULT, (ConfigurationProblem("The file is nested too deeply.", Span(0, 0)),)
    tool = document.get("tool")
    table = tool.get(SECTION) if isinstance(tool, dict) else None
    if table is None:
        return DEFAULT, ()
    reader = _Reader(text, codes)
    if not isinstance(table, dict):
        reader.complain(SECTION, f"`tool.{SECTION}` must be a table.")
        return DEFAULT, tuple(reader.problems)
    return reader.read(table), tuple(reader.problems)


def _parse(text: str) -> dict[str, Any]:
    # Many folders have no such file: a start there does without the parser.
    if sys.version_info >= (3, 11):
        import tomllib  # noqa: PLC0415
    else:
        import tomli as tomllib  # noqa: PLC0415
    document: dict[str, Any] = tomllib.loads(text)
    return document


class _Reader:
    """Reads the table key by key and keeps going."""

    def __init__(self, text: str, codes: frozenset[str]) -> None:
        self._text = text
        self._start = max(text.find(SECTION), 0)
        self._codes = codes
        self.problems: list[ConfigurationProblem] = []

    def read(self, table: Mapping[str, Any]) -> Configuration:
        known = {"select", "ignore", "severity", "exclude"}
        for key in table:
            if key not in known:
                self.complain(
                    key, f"`{key}` is not a setting; there are select, ignore, severity, exclude."
                )
        return Configuration(
            select=self._selectors(table, "select"),
            ignore=self._selectors(table, "ignore"),
            severity=self._severities(table.get("severity", {})),
            exclude=self._strings(table, "exclude"),
        )

    def _strings(self, table: Mapping[str, Any], key: str) -> tuple[str, ...]:
        value = table.get(key, [])
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        self.complain(key, f"`{key}` must be a list of strings.")
        return ()

    def _selectors(self, table: Mapping[str, Any], key: str) -> tuple[str, ...]:
        return tuple(s for s in self._strings(table, key) if self._selector(s))

    def _selector(self, selector: str) -> bool:
        fits = bool(SELECTOR.fullmatch(selector)) and (
            not self._codes or any(matches(selector, code) for code in self._codes)
        )
        if not fits:
            self.complain(selector, f"`{selector}` is no code and no beginning of one.")
        return fits

    def _severities(self, table: Any) -> Mapping[str, Severity | None]:
        if not isinstance(table, dict):
            self.complain("severity", '`severity` must be a table: `DSP501 = "error"`.')
            return {}
        found: dict[str, Severity | None] = {}
        words: dict[object, Severity | None] = {s.value: s for s in Severity}
        words["off"] = None
        for selector, word in table.items():
            if not self._selector(selector):
                continue
            if not isinstance(word, str) or word not in words:
                self.complain(selector, f"`{word}` is no severity: {', '.join(map(str, words))}.")
                continue
            found[selector] = words[word]
        return found

    def complain(self, word: str, message: str) -> None:
        at = self._text.find(word, self._start)
        span = Span(at, at + len(word)) if at >= 0 else Span(self._start, self._start)
        self.problems.append(ConfigurationProblem(message, span))
