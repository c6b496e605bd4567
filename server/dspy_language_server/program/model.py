"""What a file means to DSPy: signatures, predictors, modules, calls and uses, as plain data.

Every fact belongs to a `Unit`: the part of a top-level statement (or of one function) that is
analysed at once. Facts hold offsets relative to their unit's anchor, so a unit that an edit
did not touch keeps its facts while the text before it moves; `span` and `location` always
give the offsets of now. Facts compare by identity.

What is not sure is not there: a value that cannot be known statically is `UNKNOWN`, a call whose
target is not known is not in `Unit.calls`, and a fact that may not hold says `sure=False`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from dspy_language_server.signature.model import Field, Reading, Role, Span
from dspy_language_server.signature.scope import Scope
from dspy_language_server.signature.typereader import TypeReading
from dspy_language_server.source.anchor import Anchor
from dspy_language_server.source.literals import StringLiteral


class Location(NamedTuple):
    """A place in a document of the workspace, in code points."""

    uri: str
    span: Span


@dataclass(slots=True, eq=False, repr=False, kw_only=True)
class Fact:
    """Something with a place: the base of all facts."""

    anchor: Anchor
    """What the offsets count from; moves when text before it is edited."""
    relative: Span
    """The place, relative to the anchor."""

    @property
    def span(self) -> Span:
        """The place in the document as it is now, in code points."""
        return self.anchor.absolute(self.relative)

    @property
    def uri(self) -> str:
        """The document that the fact is in."""
        return self.anchor.uri

    @property
    def location(self) -> Location:
        """Document and span."""
        return Location(self.uri, self.span)


# --------------------------------------------------------------------------- values


@dataclass(slots=True, eq=False, repr=False)
class Value:
    """What an expression is known to be; the base of all values and itself "unknown"."""

    @property
    def known(self) -> bool:
        """Whether anything is known."""
        return type(self) is not Value


UNKNOWN = Value()
"""A value of which nothing is known: every rule is silent about it."""


@dataclass(slots=True, eq=False, repr=False)
class ModuleValue(Value):
    """An imported Python module, by its full name (`dspy`, `dspy.predict`, `json`)."""

    name: str
    uri: str | None = None
    """The document of a module of the workspace."""


@dataclass(slots=True, eq=False, repr=False)
class ExternalValue(Value):
    """A name of a module outside the workspace that is not DSPy's (`pydantic.BaseModel`)."""

    module: str
    name: str


@dataclass(slots=True, eq=False, repr=False)
class ForeignFieldValue(Value):
    """What another library's field function gave: `pydantic.Field(...)`, `dataclasses.field(...)`."""

    spelled: str
    keywords: frozenset[str]
    complete: bool
    """False after `**`: there may be more keywords."""


@dataclass(slots=True, eq=False, repr=False)
class ApiValue(Value):
    """A public class or function of DSPy, by its name at the top (`ChainOfThought`)."""

    name: str


@dataclass(slots=True, eq=False, repr=False)
class ConstantValue(Value):
    """A number, boolean, None or bytes; `value` is the Python object."""

    value: object


@dataclass(slots=True, eq=False, repr=False)
class StringValue(Value):
    """A string whose literal is known; its offsets count from `anchor`."""

    literal: StringLiteral
    anchor: Anchor


@dataclass(slots=True, eq=False, repr=False)
class SequenceValue(Value):
    """A list, tuple or set display; `items` is None where only the element is known."""

    kind: Literal["list", "tuple", "set"]
    items: tuple[Value, ...] | None
    element: Value = UNKNOWN


@dataclass(slots=True, eq=False, repr=False)
class KeyPlace:
    """Where a key of a dict and what it stands for are written, counted from `anchor`."""

    anchor: Anchor
    key: Span
    """The key's text."""
    value: Span
    type: Span | None = None
    """For a value that is a tuple, `(int, OutputField())`: its first item."""


@dataclass(slots=True, eq=False, repr=False)
class MappingValue(Value):
    """A dict with constant string keys; `complete` is False after a `**` or other key."""

    items: dict[str, Value]
    complete: bool
    places: dict[str, KeyPlace] = field(default_factory=dict)
    """Of the keys that are written out: in the dict's display, or where one was set later."""


@dataclass(slots=True, eq=False, repr=False)
class TypeValue(Value):
    """A type expression (`list[str]`, `Literal["a", "b"]`), by its text."""

    text: str
    scope: Scope


@dataclass(slots=True, eq=False, repr=False)
class FunctionValue(Value):
    """A function or method of the workspace."""

    function: Function
    bound: bool = False
    result: Value | None = None
    """For a lambda: what it gives."""
    partial: bool = False
    """`functools.partial` has given it some of its keywords."""


@dataclass(slots=True, eq=False, repr=False)
class ClassValue(Value):
    """A class of the workspace (also a signature class or a `dspy.Module` subclass)."""

    definition: ClassDefinition


@dataclass(slots=True, eq=False, repr=False)
class SignatureValue(Value):
    """A signature object: `dspy.Signature("…")`, a signature class, `predictor.signature`."""

    signature: Signature


@dataclass(slots=True, eq=False, repr=False)
class PredictorValue(Value):
    """An instance of `dspy.Predict`, `ChainOfThought`, `ReAct`, …, maybe wrapped."""

    predictor: Predictor


@dataclass(slots=True, eq=False, repr=False)
class InstanceValue(Value):
    """An instance of a class of the workspace; `call` constructed it (None for `self`)."""

    definition: ClassDefinition
    call: Call | None = None
    assigned: Mapping[str, Value] = field(default_factory=dict)
    """Attributes that were assigned since, from outside: `program.step = …`."""


@dataclass(slots=True, eq=False, repr=False)
class ObjectValue(Value):
    """What a field of a prediction holds whose type is a class of the workspace."""

    definition: ClassDefinition


@dataclass(slots=True, eq=False, repr=False)
class ApiInstanceValue(Value):
    """An instance of another DSPy class: an optimizer, `Evaluate`, `LM`, `Parallel`, an adapter."""

    api: str
    call: Call | None


@dataclass(slots=True, eq=False, repr=False)
class PredictionValue(Value):
    """What a call of a predictor or module returned."""

    outputs: Outputs


@dataclass(slots=True, eq=False, repr=False)
class ExampleValue(Value):
    """A `dspy.Example(...)`."""

    example: Example


@dataclass(slots=True, eq=False, repr=False)
class ParameterValue(Value):
    """What a function is given; not known, but a metric's parameters can be found out."""

    function: Function
    index: int
    """Its place among the function's parameters, `self` aside."""

    @property
    def known(self) -> bool:
        """Nothing is known where the function is read."""
        return False


@dataclass(slots=True, eq=False, repr=False)
class MethodValue(Value):
    """A method taken from a known value (`predictor.acall`, `Signature.append`)."""

    receiver: Value
    name: str


@dataclass(slots=True, eq=False, repr=False)
class Outputs:
    """The fields that a prediction carries, where they come from, and whether that is all."""

    fields: Mapping[str, SignatureField | None]
    """Each output's name with its declaration (None: it has none in the workspace)."""
    complete: bool
    """False where there may be more outputs than these: no attribute is then wrong."""
    predictor: Predictor | None = None
    """The predictor that made the prediction, where one is known."""
    module: ClassDefinition | None = None
    """The module whose forward returned it, where the call was one of a custom module."""
    others: Mapping[str, tuple[SignatureField, ...]] = field(default_factory=dict)
    """Further declarations, where the prediction is one of several."""

    def declarations(self, name: str) -> tuple[SignatureField, ...]:
        """All places that declare an output of that name."""
        first = self.fields.get(name)
        others = self.others.get(name, ())
        return others if first is None else (first, *others)


# ----------------------------------------------------------------------- signatures

FieldOrigin = Literal["string", "class", "dict", "method", "added", "keyword"]


@dataclass(slots=True, eq=False, repr=False)
class SignatureField:
    """One field of a signature, wherever it is declared."""

    name: str
    role: Role
    origin: FieldOrigin
    """`added`: by the API (`reasoning`); `method`: by `append` and its like; `keyword`: no
    signature's field, but a keyword of `dspy.Prediction(...)` or `dspy.Example(...)`."""
    anchor: Anchor | None
    name_relative: Span | None
    """The name where it is declared; None for fields that an API adds."""
    type_text: str | None = None
    type_relative: Span | None = None
    resolved: str | None = None
    """The type as the runtime spells it, where it is known."""
    description: str | None = None
    reading: Field | None = None
    """The signature room's field, for fields of a string."""
    call: Call | None = None
    """The `InputField(...)` / `OutputField(...)` call, for fields of a class or dict; for
    keywords the `Prediction(...)` or `Example(...)`."""
    declaration: str | None = None
    """For class and dict fields: `field` (with a Field call), `bare` (annotation or type only),
    `uncalled` (`= dspy.InputField`), `tuple` (a comma behind the call), `value` (anything
    else); None otherwise."""
    value_relative: Span | None = None
    """What stands behind `=` in a class, or the dict's value; None for a bare annotation."""
    given: Value = UNKNOWN
    """For a class's `value`: what stands behind `=` is known to be."""
    type_reading: TypeReading | None = None
    """What DSPy and pydantic say to a type in source; None for fields of strings, and without one."""
    scope: Scope | None = None
    """The names that the type is read with, where there is one."""

    @property
    def name_span(self) -> Span | None:
        """Where the name is declared, now."""
        if self.anchor is None or self.name_relative is None:
            return None
        return self.anchor.absolute(self.name_relative)

    @property
    def type_span(self) -> Span | None:
        """Where the type is written, now."""
        if self.anchor is None or self.type_relative is None:
            return None
        return self.anchor.absolute(self.type_relative)

    @property
    def value_span(self) -> Span | None:
        """What stands behind `=`, now."""
        if self.anchor is None or self.value_relative is None:
            return None
        return self.anchor.absolute(self.value_relative)

    @property
    def location(self) -> Location | None:
        """Document and span of the declared name."""
        span = self.name_span
        return None if span is None or self.anchor is None else Location(self.anchor.uri, span)


SignatureKind = Literal["string", "class", "dict", "derived"]


@dataclass(slots=True, eq=False, repr=False)
class Signature:
    """A signature as it is declared, before an API adds its fields."""

    kind: SignatureKind
    fields: tuple[SignatureField, ...]
    """Inputs first, then outputs, each in the order of declaration."""
    complete: bool
    """False where fields may be missing here (unknown base class, unreadable string)."""
    name: str | None = None
    """The class's name, or the `signature_name`."""
    instructions: str | None = None
    """Docstring or instructions, where they are known."""
    string: SignatureString | None = None
    definition: ClassDefinition | None = None
    call: Call | None = None
    """The call that made it: `dspy.Signature({...})`, `.append(...)`."""
    base: Signature | None = None
    """For `derived`: the signature before the method."""
    shadowed: tuple[SignatureField, ...] = ()
    """For a class: declarations that a later one of the same class body replaces."""

    @property
    def inputs(self) -> tuple[SignatureField, ...]:
        """The input fields in order."""
        return tuple(f for f in self.fields if f.role is Role.INPUT)

    @property
    def outputs(self) -> tuple[SignatureField, ...]:
        """The output fields in order."""
        return tuple(f for f in self.fields if f.role is Role.OUTPUT)

    def field(self, name: str) -> SignatureField | None:
        """The field of that name."""
        return next((f for f in self.fields if f.name == name), None)

    @property
    def location(self) -> Location | None:
        """Where it is written: the string, the class's name, or the call."""
        if self.string is not None:
            return self.string.location
        if self.definition is not None:
            return Location(self.definition.uri, self.definition.name_span)
        return self.call.location if self.call is not None else None


@dataclass(slots=True, eq=False, repr=False, kw_only=True)
class SignatureString(Fact):
    """A string literal that DSPy will parse as a signature."""

    literal: StringLiteral
    """Its value and the exact map to the source; offsets in the document via `to_source` here."""
    literal_anchor: Anchor
    """What the literal's offsets count from (another unit for `SIG = "…"` used elsewhere)."""
    callee: str
    """The API that parses it: `Signature`, `ChainOfThought`, …"""
    call: Call
    """The call that it is an argument of."""
    reading: Reading
    """What the signature room says about the value, names resolved as at this call."""
    scope: Scope
    """The names as they are bound at this call, for questions of features."""
    custom_types: frozenset[str] | None = None
    signature: Signature | None = None

    @property
    def value(self) -> str:
        """The string that DSPy gets."""
        return self.literal.value

    def source_span(self, span: Span) -> Span:
        """The document's span for a span of the value."""
        return self.literal_anchor.absolute(self.literal.source_span(span))

    def value_offset(self, offset: int) -> int | None:
        """The offset in the value for one in the document; None outside the literal's content."""
        return self.literal.value_offset(offset - self.literal_anchor.start)

    def replace(self, span: Span, text: str) -> list[tuple[Span, str]]:
        """Source edits that replace a span of the value, escaped as the literal's kind needs."""
        return [
            (self.literal_anchor.absolute(edit.span), edit.text)
            for edit in self.literal.replace(span, text)
        ]

    @property
    def literal_uri(self) -> str:
        """The document that the literal itself is in."""
        return self.literal_anchor.uri


# ------------------------------------------------------------- predictors and modules


@dataclass(slots=True, eq=False, repr=False, kw_only=True)
class Predictor(Fact):
    """A predictor: the call that constructs it, what it is bound to, and its signature."""

    api: str
    """`Predict`, `ChainOfThought`, … (the wrapped one's for Refine and BestOfN)."""
    call: Call
    """The constructor's call; `relative` is its span."""
    declared: Signature | None
    """The signature as given; None where it cannot be known."""
    effective: Signature | None
    """With what the API adds (`reasoning`, `trajectory`, …), as calls and predictions see it."""
    name: str | None = None
    """What it is bound to: `qa`, `self.answer`; None for an unnamed one."""
    name_relative: Span | None = None
    owner: ClassDefinition | None = None
    """The module class whose attribute it is."""
    wrapper: str | None = None
    """`Refine`, `BestOfN`, … where the call wraps it."""

    @property
    def name_span(self) -> Span | None:
        """Where the name it is bound to stands, now."""
        return None if self.name_relative is None else self.anchor.absolute(self.name_relative)


@dataclass(slots=True, eq=False, repr=False)
class Parameter:
    """A parameter of a function of the workspace."""

    name: str
    kind: Literal["positional", "keyword", "args", "kwargs"]
    required: bool
    anchor: Anchor
    name_relative: Span
    type_text: str | None = None
    default_text: str | None = None

    @property
    def name_span(self) -> Span:
        """Where the name stands, now."""
        return self.anchor.absolute(self.name_relative)


@dataclass(slots=True, eq=False, repr=False, kw_only=True)
class Function(Fact):
    """A function or method; `relative` is the whole definition."""

    name: str
    name_relative: Span
    parameters: tuple[Parameter, ...]
    """Without `self` in a method."""
    owner: ClassDefinition | None = None
    is_async: bool = False
    docstring: str | None = None
    source: Any = None
    """For the analysis: the syntax and the names around it."""

    @property
    def name_span(self) -> Span:
        """Where the name stands, now."""
        return self.anchor.absolute(self.name_relative)

    @property
    def accepts_any_keyword(self) -> bool:
        """Whether it has `**kwargs`."""
        return any(p.kind == "kwargs" for p in self.parameters)


ClassKind = Literal["signature", "module", "type", "plain", "unknown"]


@dataclass(slots=True, eq=False, repr=False, kw_only=True)
class ClassDefinition(Fact):
    """A class of the workspace; `relative` is the whole definition."""

    name: str
    name_relative: Span
    kind: ClassKind
    """`type`: BaseModel, dataclass, Enum, NamedTuple, TypedDict; `unknown`: a base is not known."""
    bases: tuple[Value, ...]
    complete_bases: bool
    """False where a base cannot be resolved: nothing is then missing for sure."""
    methods: Mapping[str, Function]
    """Its own methods, not the inherited ones."""
    docstring: str | None = None
    signature: Signature | None = None
    """For kind `signature`: its fields, inherited ones included."""
    top_level: bool = True
    source: Any = None
    """For the analysis: the syntax and the names around it."""

    @property
    def name_span(self) -> Span:
        """Where the name stands, now."""
        return self.anchor.absolute(self.name_relative)


@dataclass(slots=True, eq=False, repr=False)
class Loggable:
    """Something that "Log `X` to MLflow" can be offered for."""

    name: str
    """The class's or variable's name."""
    kind: Literal["class", "variable"]
    span: Span
    """The definition: the whole class, or the statement that binds the variable."""
    name_span: Span
    required: tuple[Parameter, ...] = ()
    """For a class: constructor parameters without a default."""
    parameters: tuple[Parameter, ...] = ()
    instances: tuple[str, ...] = ()
    """For a class: module-level variables that hold an instance of it."""


# ----------------------------------------------------------------------- calls and uses

ArgumentKind = Literal["positional", "keyword", "*", "**"]
ValueKind = Literal[
    "string", "integer", "float", "boolean", "none", "list", "tuple", "dict", "set", "other"
]


@dataclass(slots=True, eq=False, repr=False)
class Argument:
    """One argument of a call."""

    kind: ArgumentKind
    name: str | None
    anchor: Anchor
    relative: Span
    """The whole argument, `name=value`."""
    name_relative: Span | None
    value_relative: Span
    value_kind: ValueKind
    """The syntactic kind of the value: what a literal of the wrong type is judged by."""
    value: Value

    @property
    def span(self) -> Span:
        """The whole argument, now."""
        return self.anchor.absolute(self.relative)

    @property
    def name_span(self) -> Span | None:
        """The keyword, now."""
        return None if self.name_relative is None else self.anchor.absolute(self.name_relative)

    @property
    def value_span(self) -> Span:
        """The value, now."""
        return self.anchor.absolute(self.value_relative)


CallKind = Literal[
    "api",  # a DSPy class or function: `dspy.Predict(...)`; `api` is its name
    "predictor",  # a predictor is called; `predictor` says which
    "module",  # an instance of a `dspy.Module` subclass is called; `definition` says which
    "class",  # a class of the workspace is constructed; `definition` says which
    "function",  # a function or method of the workspace; `function` says which
    "signature",  # a method of a signature: append, delete, …; `method` is its name
    "with_inputs",  # `example.with_inputs("question")`
    "method",  # another method of a known value: `compile`, `load`, `set_lm`, `batch`
]


@dataclass(slots=True, eq=False, repr=False, kw_only=True)
class Call(Fact):
    """A call whose target is known; `relative` is the whole call."""

    kind: CallKind
    callee_relative: Span
    """The expression before the parenthesis."""
    name_relative: Span
    """Its last name (`ChainOfThought` in `dspy.ChainOfThought(...)`)."""
    arguments_relative: Span
    """The parentheses, both included (where the second is there)."""
    arguments: tuple[Argument, ...]
    sure: bool
    """False where the target may be another (conditionals, redefinitions)."""
    broken: bool
    """The arguments contain a syntax error: what is missing may be being typed."""
    api: str | None = None
    method: str = "__call__"
    """`__call__`, `acall`, `forward`, `aforward`, `batch`, `append`, `compile`, …"""
    receiver: Value = UNKNOWN
    predictor: Predictor | None = None
    definition: ClassDefinition | None = None
    function: Function | None = None
    result: Value = UNKNOWN
    awaited: bool = False
    string: SignatureString | None = None
    """The signature string among the arguments, if there is one."""

    @property
    def name_span(self) -> Span:
        """The callee's last name, now."""
        return self.anchor.absolute(self.name_relative)

    @property
    def callee_span(self) -> Span:
        """The callee's expression, now."""
        return self.anchor.absolute(self.callee_relative)

    @property
    def arguments_span(self) -> Span:
        """The parentheses and what is between, now."""
        return self.anchor.absolute(self.arguments_relative)

    @property
    def positional(self) -> tuple[Argument, ...]:
        """The positional arguments, without `*args`."""
        return tuple(a for a in self.arguments if a.kind == "positional")

    @property
    def keywords(self) -> dict[str, Argument]:
        """The keyword arguments by name."""
        return {a.name: a for a in self.arguments if a.kind == "keyword" and a.name is not None}

    @property
    def open_ended(self) -> bool:
        """Whether `*args` or `**kwargs` may pass more than is written."""
        return any(a.kind in {"*", "**"} for a in self.arguments)

    def argument(self, name: str, position: int | None = None) -> Argument | None:
        """The argument given for a parameter, by keyword or by position."""
        found = self.keywords.get(name)
        if found is None and position is not None:
            given = self.positional
            starred = any(a.kind == "*" for a in self.arguments)
            if position < len(given) and not starred:
                found = given[position]
        return found


@dataclass(slots=True, eq=False, repr=False, kw_only=True)
class Use(Fact):
    """A use of a prediction's or example's field; `relative` is the field's name."""

    name: str
    kind: Literal["attribute", "item", "get"]
    outputs: Outputs | None
    """What the prediction carries; None for an example."""
    example: Example | None
    field: SignatureField | None
    """The declaration that is meant, where there is one."""
    sure: bool
    """False where another value may be behind the name, or where a guard makes it safe."""
    guarded: bool
    """Under `hasattr`, `getattr` with a default, `in`, or `try … except AttributeError`."""
    stored: bool = False
    """The attribute is assigned to, not read."""
    called: bool = False
    """It is called: `pred.items()`."""
    demo: Predictor | None = None
    """For a key of a demonstration: the predictor that is shown it."""
    listener: Literal["program", "predictor"] | None = None
    """For the name that a `StreamListener` is given: whose output it is looked for."""
    ambiguous: bool = False
    """For a listener: more than one predictor of the program has the output."""

    @property
    def fields(self) -> tuple[SignatureField, ...]:
        """All declarations that may be meant."""
        if self.outputs is not None:
            return self.outputs.declarations(self.name)
        return () if self.field is None else (self.field,)


@dataclass(slots=True, eq=False, repr=False, kw_only=True)
class ParameterUse(Fact):
    """`pred.answer`, `example["answer"]` of a function's parameter; `relative` is the name."""

    name: str
    kind: Literal["attribute", "item"]
    parameter: ParameterValue
    guarded: bool


@dataclass(slots=True, eq=False, repr=False, kw_only=True)
class Example(Fact):
    """A `dspy.Example(...)`: the names it carries, and its inputs where they are said."""

    call: Call
    fields: Mapping[str, Argument]
    complete: bool
    """False after `**row` or a positional base."""
    inputs: tuple[Argument, ...] | None = None
    """The arguments of `with_inputs(...)`, where that follows at once."""


@dataclass(slots=True, eq=False, repr=False, kw_only=True)
class Judging(Fact):
    """A call that has predictions of a program judged by a function.

    `Evaluate(…, metric=metric)(program)`, `optimizer.compile(program)`, `BestOfN(program, …)`.
    """

    function: Function
    """`metric(example, pred, trace=None)` or `reward_fn(args, pred)`."""
    program: Value
    examples: tuple[Example, ...]
    """The examples that it is given, as far as they are known."""
    rewards: bool
    """It is a `reward_fn`, which gets the inputs in a dict instead of an example."""


@dataclass(slots=True, eq=False, repr=False, kw_only=True)
class NameUse(Fact):
    """A name or attribute that stands for something of this model (`CoT`, `self.answer`)."""

    text: str
    value: Value
    binding: bool
    """Whether it is bound here rather than used."""
    receiver: Value = UNKNOWN
    """For an attribute: what stands before the dot."""


@dataclass(slots=True, eq=False, repr=False)
class Unit:
    """All facts of one stretch of source; replaced as a whole when anything about it changes."""

    anchor: Anchor
    length: int
    calls: list[Call] = field(default_factory=list)
    strings: list[SignatureString] = field(default_factory=list)
    predictors: list[Predictor] = field(default_factory=list)
    classes: list[ClassDefinition] = field(default_factory=list)
    functions: list[Function] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)
    parameter_uses: list[ParameterUse] = field(default_factory=list)
    judgings: list[Judging] = field(default_factory=list)
    names: list[NameUse] = field(default_factory=list)
    cache: dict[str, Any] = field(default_factory=dict)
    """For consumers: what they derived from this unit alone; gone when the unit is."""

    @property
    def span(self) -> Span:
        """The stretch of the document, now."""
        return Span(self.anchor.start, self.anchor.start + self.length)


# ------------------------------------------------------------------------------ context

ContextKind = Literal[
    "nothing",
    "string",  # inside a signature string: `string`, `value_offset`, `part`, maybe `field`
    "field",  # on a class or dict signature's field name: `field`
    "keyword",  # on a call keyword or an input's name: `call`, `argument`, maybe `field`
    "attribute",  # on `.answer` of a prediction, `pred["answer"]`: `use`, maybe `field`
    "member",  # on an attribute of another known value: `receiver`
    "name",  # on a name of the model: `value`
    "argument",  # elsewhere inside a call's parentheses: `call`, `active`
    "example",  # on a field name in Example(...) or with_inputs("…"): `call`, `argument`
]
StringPart = Literal["input", "output", "input-type", "output-type", "arrow", "space"]


@dataclass(slots=True, eq=False, repr=False)
class Context:
    """The answer to "what is under this offset?"; what does not apply is None."""

    kind: ContextKind
    offset: int
    span: Span
    """The thing under the offset: a name, a type, or empty at the offset."""
    name: str = ""
    """The name as written so far (empty behind a dot or before the first letter)."""
    unit: Unit | None = None
    string: SignatureString | None = None
    value_offset: int | None = None
    part: StringPart | None = None
    field: SignatureField | None = None
    call: Call | None = None
    """The innermost call whose parentheses hold the offset (also beside another kind)."""
    active: int | None = None
    """Index of the argument under the offset within `call.arguments`."""
    argument: Argument | None = None
    use: Use | None = None
    receiver: Value = UNKNOWN
    """What stands before the dot or the bracket."""
    value: Value = UNKNOWN
    """What the name under the offset stands for."""
    fields: tuple[SignatureField, ...] = ()
    """For an attribute: all declarations that may be meant."""


OccurrenceKind = Literal[
    "declaration", "string", "keyword", "attribute", "item", "example", "with_inputs", "method"
]


@dataclass(slots=True, eq=False, repr=False)
class Occurrence:
    """A place where a field is named."""

    location: Location
    kind: OccurrenceKind
    sure: bool
    """False: likely the same field, but a person should confirm a rename."""


def walk_values(value: Value) -> Iterator[Value]:
    """The value and, for sequences and mappings, the values inside, outermost first."""
    waiting: list[Value] = [value]
    while waiting:
        current = waiting.pop()
        yield current
        inner: Sequence[Value] = ()
        if isinstance(current, SequenceValue):
            inner = current.items or (current.element,)
        elif isinstance(current, MappingValue):
            inner = tuple(current.items.values())
        waiting.extend(reversed(inner))
