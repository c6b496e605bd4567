"""What one release of dspy on one Python understands, read from tables measured on the releases.

`tests/parity/make_tables.py` writes the tables. Nothing here imports dspy.
"""

import difflib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

RELEASES = ("2.6.27", "3.0.4", "3.1.3", "3.2.1", "3.3.1", "3.4.1")
PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
TABLES = Path(__file__).parent / "tables"


class Parameter(NamedTuple):
    """One parameter of a constructor, `self` excluded.

    Attributes:
        name: The parameter's name.
        kind: `positional_or_keyword`, `keyword_only`, `var_keyword` or `var_positional`.
        required: Whether it has no default.
        default: The default's `repr`, or None.
    """

    name: str
    kind: str
    required: bool
    default: str | None


class Api(NamedTuple):
    """A place where a signature can stand.

    Attributes:
        name: DSPy's name for it, e.g. `ChainOfThought`.
        takes: `string` (a signature: string or class) or `module` (BestOfN, Refine, Parallel, …).
        parameters: Its constructor's parameters, in order.
        results: Name and type of what a prediction for `question -> answer` holds; None when these
            are the declared outputs alone.
        reserved_inputs: Input names that this API rejects.
        reserved_outputs: Output names that this API rejects.
        replaced: Input names that it overwrites with a field of its own, without a word.
    """

    name: str
    takes: str
    parameters: tuple[Parameter, ...]
    results: tuple[tuple[str, str], ...] | None
    reserved_inputs: frozenset[str]
    reserved_outputs: frozenset[str]
    replaced: frozenset[str]

    @property
    def swallows_keywords(self) -> bool:
        """Whether an unknown keyword vanishes into `**config` instead of raising."""
        return any(parameter.kind == "var_keyword" for parameter in self.parameters)

    def parameter(self, name: str) -> Parameter | None:
        """The parameter of that name, or None."""
        return next((p for p in self.parameters if p.name == name), None)


ModuleNames = Mapping[str, str]
"""The names of a module and what each is, as `tests/parity/describe.py` spells it."""


class PartialNames(dict[str, str]):
    """The names of a module that were found; a name that is missing is not known.

    Attributes:
        mentions: Whether the module's own source has the word; None where there is none to look at.
    """

    mentions: Callable[[str], bool] | None = None

    def lacks(self, name: str) -> bool:
        """Whether a name is certainly not there: a slip of one that is, and nowhere in the source."""
        if name in self or self.mentions is None or self.mentions(name):
            return False
        return bool(difflib.get_close_matches(name, self, n=1, cutoff=0.8))


ModuleLookup = Callable[[str], "ModuleNames | bool | None"]
"""A dotted module's names; True: importable, names not known; False: not importable; None: not known."""


@cache
def _table(name: str) -> dict[str, Any]:
    text = (TABLES / f"{name}.json").read_text("utf-8")
    table: dict[str, Any] = json.loads(text)
    return table


@cache
def _python_table(version: str) -> tuple[dict[str, Any], dict[str, str]]:
    """What a Python has, and its modules by name, each a line still to be read: few of 300 are needed."""
    head, *lines = (TABLES / f"python-{version}.jsonl").read_text("utf-8").splitlines()
    return json.loads(head), {line[2 : line.index('"', 2)]: line for line in lines}


@lru_cache(maxsize=512)
def _python_module(version: str, name: str) -> dict[str, str] | None:
    line = _python_table(version)[1].get(name)
    names: dict[str, str] | None = json.loads(line)[1] if line is not None else None
    return names


def _unknown(_module: str) -> None:
    return None


@dataclass(frozen=True, eq=False)
class Dialect:
    """One release of dspy on one Python: grammar, names, constructors, reserved names.

    Attributes:
        version: The release whose table is used.
        python: The Python whose table is used, e.g. `3.11`.
        requested: The release that was asked for, or None.
        note: What to tell the user when the table is not the requested release's own, else None.
        lookup_module: Answers for modules that the tables do not know (the interpreter's packages).
        cache: What was made of the tables so far.
        annotations: The annotations taken apart so far, by their text.
        readings: What those mean that name nothing from outside, by their text.
    """

    version: str
    python: str
    requested: str | None = None
    note: str | None = None
    lookup_module: ModuleLookup = _unknown
    cache: dict[Any, Any] = field(default_factory=dict, repr=False)
    annotations: dict[str, Any] = field(default_factory=dict, repr=False)
    readings: dict[str, Any] = field(default_factory=dict, repr=False)

    def forget_bindings(self) -> None:
        """Drop what names of programs were found to be: it holds on to the programs."""
        self.cache.pop("bindings", None)

    @cached_property
    def _release(self) -> dict[str, Any]:
        return _table(f"dspy-{self.version}")

    @cached_property
    def _python(self) -> dict[str, Any]:
        return _python_table(self.python)[0]

    @cached_property
    def union_operator(self) -> bool:
        """Whether `int | None` can be written in a string (dspy 3.0 and later)."""
        return bool(self._release["features"]["union_operator"])

    @cached_property
    def overlap_accepted(self) -> bool:
        """Whether `a -> a` is accepted, keeping the output only (before dspy 3.2)."""
        return bool(self._release["features"]["overlap"])

    @cached_property
    def typing_names(self) -> ModuleNames:
        """`typing.__dict__` of this Python."""
        names: ModuleNames = self._python["typing"]
        return names

    @cached_property
    def builtin_names(self) -> frozenset[str]:
        """The names of `builtins`, which DSPy never looks up in frames."""
        return frozenset(self._python["builtins"])

    @cached_property
    def rejected_names(self) -> Mapping[str, str]:
        """Field names on which DSPy or pydantic raise, and the exception."""
        names: Mapping[str, str] = self._release["field_names"]["rejected"]
        return names

    @cached_property
    def dropped_names(self) -> frozenset[str]:
        """Field names that vanish without a word."""
        return frozenset(self._release["field_names"]["dropped"])

    @cached_property
    def rejected_class_variables(self) -> frozenset[str]:
        """Names on which DSPy or pydantic raise even where the type is `ClassVar`."""
        return frozenset(self._release["field_names"]["rejected_class_variables"])

    @cached_property
    def dropped_finals(self) -> frozenset[str]:
        """Rejected names that vanish instead where the type is a bare `Final`."""
        return frozenset(self._release["field_names"]["dropped_finals"])

    @cached_property
    def signature_attributes(self) -> frozenset[str]:
        """What `dspy.Signature` and its metaclass have, methods included."""
        return frozenset(self._release["signature_attributes"])

    @cached_property
    def warned_names(self) -> frozenset[str]:
        """Field names that shadow an attribute of Signature; pydantic warns when the line runs."""
        return frozenset(self._release["field_names"]["warned"])

    @cached_property
    def prediction_attributes(self) -> frozenset[str]:
        """Attributes of `dspy.Prediction` that hide an output of the same name."""
        return frozenset(self._release["prediction_attributes"])

    def delicate_names(self, callee: str) -> frozenset[str]:
        """All field names of which a release has something to say, whatever it is."""
        key = ("delicate", callee)
        found: frozenset[str] | None = self.cache.get(key)
        if found is None:
            api = self.api(callee)
            own = (api.reserved_inputs, api.reserved_outputs, api.replaced) if api else ()
            tables = (self.rejected_names, self.dropped_names, self.warned_names)
            found = frozenset().union(*tables, self.prediction_attributes, *own)
            self.cache[key] = found
        return found

    @cached_property
    def dspy_types(self) -> tuple[str, ...]:
        """The classes that can be written as `dspy.Name` for a field, e.g. `Image`."""
        names = self._release["modules"]["dspy"]
        return tuple(
            sorted(n for n, text in names.items() if text.startswith("+|dspy.") and "." not in n)
        )

    @cached_property
    def apis(self) -> Mapping[str, Api]:
        """Every place where this release takes a signature or a module."""
        return {name: _api(name, row) for name, row in self._release["apis"].items()}

    def api(self, name: str) -> Api | None:
        """The API of that name (`ChainOfThought`), or None when this release has none."""
        return self.apis.get(name)

    def frames(self, callee: str) -> Mapping[str, str]:
        """What the search for types finds in DSPy's own frames, before the user's."""
        key = ("frames", callee)
        found: Mapping[str, str] | None = self.cache.get(key)
        if found is None:
            apis = self._release["apis"]
            own = apis.get(callee, {}).get("frames", {}) if callee != "Signature" else {}
            # Measured on one Python: what its `typing` has and another's lacks (`re`, from Python 3.13 on)
            # is found in the globals of DSPy's own module there.
            home = self._release["modules"]["dspy.signatures.signature"]
            found = {**home, **apis["Signature"]["frames"], **own}
            self.cache[key] = found
        return found

    def module(self, name: str) -> ModuleNames | bool | None:
        """What is known of a module; see `ModuleLookup`."""
        own = _python_module(self.python, name)
        if own is not None or name.partition(".")[0] == "dspy":
            names = self._release["modules"].get(name) or own
            return names if names is not None else self.lookup_module(name)
        # Other packages do not follow dspy's releases: the newest table knows the most of them, and a
        # name that it lacks may be there in the user's.
        known = _table(f"dspy-{RELEASES[-1]}")["modules"].get(name)
        if known is not None:
            return self._partial(name, known)
        if "." not in name and name in self._standard:
            return True
        return self.lookup_module(name)

    def _partial(self, name: str, known: dict[str, str]) -> ModuleNames:
        kept: PartialNames | None = self.cache.get(("partial", name))
        if kept is None:
            kept = self.cache["partial", name] = PartialNames(known)
            installed = self.lookup_module(name)
            if isinstance(installed, PartialNames):
                kept.mentions = installed.mentions
        return kept

    @cached_property
    def _standard(self) -> frozenset[str]:
        return frozenset(self._python["standard"])


def _api(name: str, row: dict[str, Any]) -> Api:
    reserved = row.get("reserved") or {}
    results = row.get("results")
    return Api(
        name=name,
        takes=row["takes"],
        parameters=tuple(Parameter(**parameter) for parameter in row["parameters"]),
        results=tuple((field_name, type_) for field_name, type_ in results) if results else None,
        reserved_inputs=frozenset(reserved.get("inputs", ())),
        reserved_outputs=frozenset(reserved.get("outputs", ())),
        replaced=frozenset(reserved.get("replaced", ())),
    )


def _numbers(version: str) -> tuple[int, ...]:
    numbers = []
    for part in version.split(".")[:3]:
        digits = "".join(character for character in part if character.isdigit())
        numbers.append(int(digits[:9]) if digits else 0)
    return tuple(numbers)


def _nearest(version: str, tables: tuple[str, ...]) -> str:
    """The table of the same minor release, else the newest one that is not newer, else the oldest."""
    wanted = _numbers(version)
    for table in tables:
        if _numbers(table)[:2] == wanted[:2]:
            return table
    older = [table for table in tables if _numbers(table) <= wanted]
    return older[-1] if older else tables[0]


def _note(requested: str, used: str) -> str | None:
    if _numbers(requested)[:2] == _numbers(used)[:2]:
        return None
    if _numbers(requested) > _numbers(used):
        return f"dspy {requested} is newer than this server knows; it is read as {used}."
    return f"dspy {requested} is older than this server supports; it is read as {used}."


@lru_cache(maxsize=32)
def dialect_for(
    version: str | None = None,
    python: str | None = None,
    lookup_module: ModuleLookup = _unknown,
) -> Dialect:
    """The dialect of a dspy release.

    Args:
        version: The release, e.g. `3.1.3`; None takes the newest known. A release without a table of
            its own takes that of its minor release, else the nearest older one, and says so in `note`.
        python: The interpreter's version, `3.12` or `3.12.1`; None takes 3.11.
        lookup_module: Knowledge of the interpreter's packages, see `environment/names.py`.
    """
    table = _nearest(version, RELEASES) if version else RELEASES[-1]
    return Dialect(
        version=table,
        python=_nearest(python, PYTHONS) if python else "3.11",
        requested=version,
        note=_note(version, table) if version else None,
        lookup_module=lookup_module,
    )
