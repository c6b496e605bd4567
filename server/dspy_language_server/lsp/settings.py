"""The settings of section `dspy`: one table that the server, the docs and the client's manifest are held to."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

logger = logging.getLogger(__name__)

Kind = Literal["string", "boolean", "number", "strings"]


class Setting(NamedTuple):
    """One setting: its key below `dspy`, its kind, its default, and what it does."""

    key: str
    kind: Kind
    default: Any
    description: str
    choices: tuple[str, ...] = ()
    restricted: bool = False
    """Names something that would be executed or reached: ignored in an untrusted workspace."""


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "interpreter",
        "string",
        "",
        "Python interpreter whose dspy the checks follow and that runs programs; "
        "empty: the workspace's `.venv` or `venv`, then `python3` on PATH.",
        restricted=True,
    ),
    Setting(
        "dspyVersion",
        "string",
        "",
        "Release of dspy that the checks follow, such as `3.2.1`; empty: the interpreter's.",
    ),
    Setting("diagnostics.enable", "boolean", True, "Report findings at all."),
    Setting(
        "diagnostics.select",
        "strings",
        (),
        "Report only these codes or families (`DSP1`, `DSP204`); empty: all.",
    ),
    Setting("diagnostics.ignore", "strings", (), "Do not report these codes or families."),
    Setting(
        "diagnostics.workspace",
        "boolean",
        True,
        "Report findings of files that are not open, too.",
    ),
    Setting(
        "codeLens.enable",
        "boolean",
        True,
        "Show over each program what was logged of it, `Log to MLflow` and `Run`.",
    ),
    Setting(
        "inlayHints.outputs",
        "boolean",
        False,
        "Show the outputs that a predictor yields behind its construction.",
    ),
    Setting(
        "semanticTokens.enable",
        "boolean",
        False,
        "Colour signature strings by semantic tokens instead of the editor's grammar.",
    ),
    Setting(
        "log.format",
        "string",
        "source",
        "Format in which programs are logged.",
        choices=("source", "cloudpickle"),
    ),
    Setting(
        "log.execute",
        "string",
        "slice",
        "What is run to build a program: only the statements it depends on, or the whole file.",
        choices=("slice", "file"),
    ),
    Setting(
        "log.experiment",
        "string",
        "",
        "MLflow experiment to log to; empty: MLflow's own default.",
    ),
    Setting("run.trace", "boolean", True, "Record a trace in MLflow when a program is run."),
    Setting("log.timeLimit", "number", 120, "Seconds after which a job is ended."),
    Setting("log.memoryLimit", "number", 0, "Megabytes that a job may use; 0: no limit."),
    Setting(
        "mlflow.trackingUri",
        "string",
        "",
        "Tracking server or store; empty: `MLFLOW_TRACKING_URI`, then MLflow's default in the "
        "workspace folder.",
        restricted=True,
    ),
    Setting("mlflow.timeout", "number", 20, "Seconds to wait for the tracking server."),
    Setting(
        "trace.server",
        "string",
        "off",
        "Log the messages between editor and server (read by the editor's client).",
        choices=("off", "messages", "verbose"),
    ),
)

_BY_KEY: Mapping[str, Setting] = MappingProxyType({s.key: s for s in SETTINGS})


class Settings:
    """The values in force for one folder; what a client sends wrongly keeps its default."""

    def __init__(
        self, values: Mapping[str, Any] | None = None, problems: tuple[str, ...] = ()
    ) -> None:
        self._values = dict(values or {})
        self.problems = problems
        """What was wrong with the values that were sent, for the log and the status."""

    @classmethod
    def read(cls, tree: object, *, trusted: bool) -> Settings:
        """Settings from the JSON of section `dspy`.

        Args:
            tree: The section as the client sent it.
            trusted: Whether restricted settings may be taken over.
        """
        values: dict[str, Any] = {}
        problems: list[str] = []
        for setting in SETTINGS:
            value = _dig(tree, setting.key)
            if value is None or (setting.restricted and not trusted):
                continue
            if _fits(setting, value):
                values[setting.key] = tuple(value) if setting.kind == "strings" else value
            else:
                problems.append(f"dspy.{setting.key}: {value!r} is no {_expected(setting)}")
        return cls(values, tuple(problems))

    def __getitem__(self, key: str) -> Any:
        return self._values.get(key, _BY_KEY[key].default)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Settings) and self._values == other._values

    def __hash__(self) -> int:
        return hash(tuple(sorted(self._values)))

    def text(self, key: str) -> str:
        """A string setting."""
        return str(self[key]).strip()

    def flag(self, key: str) -> bool:
        """A boolean setting."""
        return bool(self[key])

    def number(self, key: str) -> float:
        """A number setting."""
        return float(self[key])

    def names(self, key: str) -> tuple[str, ...]:
        """A list setting."""
        return tuple(self[key])


def _dig(tree: object, key: str) -> Any:
    """`tree["a"]["b"]` for `a.b`, also where a client sends the dotted key itself."""
    if isinstance(tree, Mapping) and key in tree:
        return tree[key]
    for part in key.split("."):
        if not isinstance(tree, Mapping):
            return None
        tree = tree.get(part)
    return tree


def _fits(setting: Setting, value: Any) -> bool:
    match setting.kind:
        case "boolean":
            return isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
        case "strings":
            return isinstance(value, list) and all(isinstance(item, str) for item in value)
        case _:
            return isinstance(value, str) and (not setting.choices or value in setting.choices)


def _expected(setting: Setting) -> str:
    if setting.choices:
        return "one of " + ", ".join(setting.choices)
    return {"strings": "list of strings"}.get(setting.kind, setting.kind)
