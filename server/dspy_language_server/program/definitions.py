"""Classes and functions of the workspace: what their definitions say, and the way to their bodies."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from dspy_language_server.program.evaluator import evaluate, note_name, parameter_of
from dspy_language_server.program.frame import Frame
from dspy_language_server.program.model import (
    UNKNOWN,
    ApiInstanceValue,
    ApiValue,
    ClassDefinition,
    ClassKind,
    ClassValue,
    ConstantValue,
    ExternalValue,
    ForeignFieldValue,
    Function,
    FunctionValue,
    SequenceValue,
    Signature,
    SignatureField,
    SignatureValue,
    StringValue,
    Unit,
    Value,
)
from dspy_language_server.program.scopes import FrameScope
from dspy_language_server.program.signatures import FIELD_APIS, describe, ordered
from dspy_language_server.signature.model import Role
from dspy_language_server.signature.scope import Binding
from dspy_language_server.signature.typereader import read_source_type
from dspy_language_server.source import syntax as s
from dspy_language_server.source.anchor import Anchor

_FIELD_IN_TYPE = re.compile(
    r"(?:\w+\.)?Annotated\[(.+?),\s*(?:\w+\.)?(InputField|OutputField)\(", re.DOTALL
)
Run = Callable[[Frame, s.Block, int], None]
_TYPE_MODULES = frozenset({"pydantic", "enum", "typing", "typing_extensions", "sqlmodel"})
_TYPE_BASES = frozenset(
    [
        "BaseModel",
        "RootModel",
        "Enum",
        "IntEnum",
        "StrEnum",
        "Flag",
        "IntFlag",
        "NamedTuple",
        "TypedDict",
        "SQLModel",
    ]
)
_DSPY_TYPES = frozenset(
    ["Type", "Image", "Audio", "File", "Code", "History", "Tool", "ToolCalls", "Document"]
)


@dataclass(slots=True, eq=False, repr=False)
class ClassSource:
    """What the analysis keeps of a class."""

    statement: s.Class
    frame: Frame
    """Where the class is defined: for its types."""
    module: str
    qualname: str
    decorators: tuple[Value, ...]
    attributes: dict[str, Value]
    """What the class body binds."""
    binding: Binding | None = None
    instance: dict[str, Value] | None = None
    """What `self.x` is bound to, once it was asked for."""


@dataclass(slots=True, eq=False, repr=False)
class Body:
    """What reading a function's body gave."""

    unit: Unit
    self_attributes: dict[str, Value]
    returned: Value
    circle: object = None
    """The outermost function of the circle of calls that it belongs to."""


@dataclass(slots=True, eq=False, repr=False)
class FunctionSource:
    """What the analysis keeps of a function."""

    statement: s.Function
    frame: Frame
    """Where the function is defined."""
    anchor: Anchor
    """The start of the definition."""
    qualname: str
    is_static: bool
    body: Body | None = None


# ------------------------------------------------------------------------------ functions


def define_function(frame: Frame, statement: s.Function, start: int) -> Function | None:
    """Binds a function's name; its body is read later."""
    decorators = [evaluate(frame, decorator) for decorator in statement.decorators]
    for parameter in statement.parameters:
        if parameter.annotation is not None:
            evaluate(frame, parameter.annotation)
        if parameter.default is not None:
            evaluate(frame, parameter.default)
    if statement.returns is not None:
        evaluate(frame, statement.returns)
    names = _decorator_names(statement.decorators)
    is_static = frame.is_class and "staticmethod" in names
    made = _function(frame, statement, start, skip_first=frame.is_class and not is_static)
    made.source = FunctionSource(
        statement,
        frame,
        Anchor(frame.anchor.uri, start, frame.anchor),
        f"{frame.qualname}.{statement.name}" if frame.qualname else statement.name,
        is_static,
    )
    if frame.recording:
        frame.unit.functions.append(made)
    plain = not names - {"staticmethod", "classmethod"} and not any(d.known for d in decorators)
    value: Value = FunctionValue(made) if plain or not statement.decorators else UNKNOWN
    frame.begin(start)
    frame.bind(statement.name, value)
    return made


def _decorator_names(decorators: tuple[s.Expression, ...]) -> set[str]:
    names: set[str] = set()
    for decorator in decorators:
        if isinstance(decorator, s.Name):
            names.add(decorator.id)
        elif isinstance(decorator, s.Attribute):
            names.add(decorator.name)
        else:
            names.add("")
    return names


def _function(frame: Frame, statement: s.Function, start: int, *, skip_first: bool) -> Function:
    given = statement.parameters
    if skip_first and given and given[0].kind == "positional":
        given = given[1:]
    anchor = frame.anchor
    parameters = tuple(parameter_of(each, anchor, start) for each in given)
    return Function(
        anchor=anchor,
        relative=frame.span(s.Other(0, statement.length, ())),
        name=statement.name,
        name_relative=statement.name_span.shifted(start),
        parameters=parameters,
        owner=frame.self_class if frame.is_class else None,
        is_async=statement.is_async,
        docstring=None if statement.docstring is None else statement.docstring.value,
    )


# -------------------------------------------------------------------------------- classes


def define_class(  # noqa: PLR0912 - a class has many parts
    frame: Frame, statement: s.Class, start: int, run: Run
) -> None:
    """Reads a class: its bases, its body, its fields if it is a signature."""
    decorators = tuple(evaluate(frame, decorator) for decorator in statement.decorators)
    bases: list[Value] = []
    for argument in statement.arguments:
        value = evaluate(frame, argument.value)
        if argument.kind == "positional":
            inner = argument.value
            if not value.known and isinstance(inner, s.Subscript):
                value = frame.lookup(inner.value.id) if isinstance(inner.value, s.Name) else value
            bases.append(value)
        elif argument.kind in {"*", "**"}:
            bases.append(UNKNOWN)
    complete = all(_is_class(base) for base in bases)
    qualname = statement.name
    if frame.qualname:
        local = "" if frame.is_class else ".<locals>"
        qualname = f"{frame.qualname}{local}.{statement.name}"
    methods: dict[str, Function] = {}
    definition = ClassDefinition(
        anchor=frame.anchor,
        relative=frame.span(s.Other(0, statement.length, ())),
        name=statement.name,
        name_relative=frame.span(statement.name_span),
        kind=_kind(bases, complete=complete),
        bases=tuple(bases),
        complete_bases=complete,
        methods=methods,
        docstring=None if statement.docstring is None else statement.docstring.value,
        top_level=frame.moment is not None and not frame.is_class,
    )
    scope = Frame(
        frame.analysis,
        frame.unit,
        frame.moment,
        parent=frame,
        is_class=True,
        qualname=qualname,
        self_class=definition,
        guards=frame.guards,
        recording=frame.recording,
    )
    source = ClassSource(
        statement, frame, frame.analysis.module_name, qualname, decorators, scope.env
    )
    definition.source = source
    frame.begin(start)
    fields = _Fields(definition, scope) if definition.kind == "signature" else None
    for offset, member in statement.body:
        run(scope, (s.Placed(offset, member),), start)
        if fields is not None:
            fields.take(member, start + offset)
    source.attributes = scope.env
    for value in scope.env.values():
        if isinstance(value, FunctionValue) and value.function.owner is definition:
            methods[value.function.name] = value.function
    for function in frame.unit.functions:
        if function.owner is definition:
            methods.setdefault(function.name, function)
    if fields is not None:
        definition.signature = fields.signature()
    frame.begin(start)
    if frame.recording:
        frame.unit.classes.append(definition)
    frame.bind(statement.name, ClassValue(definition))
    note_name(frame, statement.name_span, statement.name, ClassValue(definition), binding=True)


def _is_class(base: Value) -> bool:
    return isinstance(base, (ClassValue | ApiValue | ExternalValue, SignatureValue))


def _kind(bases: list[Value], *, complete: bool) -> ClassKind:
    """What kind of class the bases make it."""
    for base in bases:
        match base:
            case SignatureValue():
                return "signature"
            case ClassValue(definition=definition) if definition.kind in {
                "signature",
                "module",
                "type",
            }:
                return definition.kind
            case ApiValue(name="Signature"):
                return "signature"
            case ApiValue(name=name) if name in _DSPY_TYPES:
                return "type"
            case ApiValue(name=name) if name == "Module" or name in _PREDICTORS:
                return "module"
            case ExternalValue(module=module, name=name):
                if module.split(".")[0] in _TYPE_MODULES and name in _TYPE_BASES:
                    return "type"
            case _:
                pass
    if not complete:
        return "unknown"
    inherited = [b.definition.kind for b in bases if isinstance(b, ClassValue)]
    return "unknown" if "unknown" in inherited else "plain"


_PREDICTORS = frozenset(
    [
        "Predict",
        "ChainOfThought",
        "ReAct",
        "ReActV2",
        "ProgramOfThought",
        "CodeAct",
        "MultiChainComparison",
        "RLM",
        "Flex",
        "BestOfN",
        "Refine",
        "Parallel",
        "KNN",
    ]
)


class _Fields:
    """The fields of a signature class, gathered while its body is read."""

    def __init__(self, definition: ClassDefinition, frame: Frame) -> None:
        self._definition = definition
        self._frame = frame
        self._fields: dict[str, SignatureField] = {}
        self._own: dict[str, SignatureField] = {}
        self._shadowed: list[SignatureField] = []
        self._complete = definition.complete_bases
        self._instructions: str | None = definition.docstring
        for base in reversed(definition.bases):
            inherited = base_signature(base)
            if inherited is not None:
                self._complete = self._complete and inherited.complete
                self._fields.update({field.name: field for field in inherited.fields})
                if definition.docstring is None:
                    self._instructions = inherited.instructions

    def take(self, statement: s.Statement, start: int) -> None:
        """A statement of the class body: a field, or something else."""
        if isinstance(statement, s.Function | s.Class | s.Evaluate):
            return
        if not isinstance(statement, s.Assign):
            # Fields under `if` or `for` may be there or not.
            self._complete = False
            return
        if len(statement.targets) != 1 or not isinstance(statement.targets[0], s.Name):
            return
        name = statement.targets[0]
        text = statement.annotation_text
        if text is not None and "ClassVar" in text:
            return
        made = self._field(statement, name, start)
        if made is not None:
            former = self._own.get(name.id)
            if made.declaration == "bare" and former is not None and former.declaration == "field":
                # Python keeps the value and takes the later annotation.
                former.type_text, former.type_relative = made.type_text, made.type_relative
                self._resolve(former)
                return
            if former is not None:
                self._shadowed.append(former)
            self._own[name.id] = made
            self._fields[name.id] = made
            self._complete = self._complete and made.declaration == "field"

    def _field(self, statement: s.Assign, name: s.Name, start: int) -> SignatureField | None:
        anchor = self._frame.anchor
        made = SignatureField(
            name.id, self._role(name.id), "class", anchor, name.span.shifted(start)
        )
        if statement.annotation is not None:
            made.type_text = statement.annotation_text
            made.type_relative = statement.annotation.span.shifted(start)
        if statement.value is None:
            if name.id.startswith("_"):
                return None
            made.declaration = "bare"
            self._annotated(made)
            return made
        made.value_relative = statement.value.span.shifted(start)
        value = self._frame.env.get(name.id, UNKNOWN)
        is_field = isinstance(value, ApiInstanceValue) and value.api in FIELD_APIS
        if not is_field and (
            name.id.startswith("_") or name.id in {"model_config", "instructions"}
        ):
            return None
        if isinstance(value, ApiInstanceValue) and value.api in FIELD_APIS:
            made.role = FIELD_APIS[value.api]
            made.declaration = "field"
            describe(made, value.call)
            self._resolve(made)
            return made
        if isinstance(value, ApiValue) and value.name in FIELD_APIS:
            made.role = FIELD_APIS[value.name]
            made.declaration = "uncalled"
            return made
        return self._odd_field(made, value, annotated=statement.annotation is not None)

    def _annotated(self, made: SignatureField) -> None:
        """`question: Annotated[str, dspy.InputField()]`: pydantic finds the field in the type."""
        found = _FIELD_IN_TYPE.match(made.type_text or "")
        if found is not None:
            made.declaration = "field"
            made.role = FIELD_APIS[found[2]]
            dialect = self._frame.analysis.dialect
            made.scope = FrameScope(self._frame)
            made.resolved = read_source_type(found[1], dialect, made.scope).resolved

    def _odd_field(
        self, made: SignatureField, value: Value, *, annotated: bool
    ) -> SignatureField | None:
        if isinstance(value, SequenceValue) and value.kind == "tuple" and value.items:
            first = value.items[0]
            name = getattr(first, "api", None) or getattr(first, "name", None)
            if name in FIELD_APIS:
                made.role = FIELD_APIS[name]
                made.declaration = "tuple"
                return made
        made.given = value
        plain = StringValue | ConstantValue | ForeignFieldValue
        if not annotated and isinstance(value, plain):
            made.declaration = "value"
            return made
        if not annotated:
            self._complete = self._complete and value.known
            return None
        if not value.known:
            self._complete = False
        made.declaration = "value"
        return made

    def _role(self, name: str) -> Role:
        inherited = self._fields.get(name)
        return Role.INPUT if inherited is None else inherited.role

    def _resolve(self, field: SignatureField) -> None:
        if field.type_text is None:
            field.resolved = "str"
            return
        dialect = self._frame.analysis.dialect
        field.scope = FrameScope(self._frame)
        field.type_reading = read_source_type(field.type_text, dialect, field.scope)
        field.resolved = field.type_reading.resolved

    def signature(self) -> Signature:
        """The class's signature, inherited fields first."""
        return Signature(
            "class",
            ordered(list(self._fields.values())),
            self._complete,
            name=self._definition.name,
            instructions=self._instructions,
            definition=self._definition,
            shadowed=tuple(self._shadowed),
        )


def base_signature(base: Value) -> Signature | None:
    """The signature that a base class brings along."""
    if isinstance(base, SignatureValue):
        return base.signature
    if isinstance(base, ClassValue):
        return base.definition.signature
    return None
