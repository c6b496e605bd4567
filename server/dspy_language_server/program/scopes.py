"""The program's names in the signature room's terms: what a type in a string can refer to."""

from __future__ import annotations

from collections.abc import Mapping

from dspy_language_server.program.frame import Frame
from dspy_language_server.program.model import (
    UNKNOWN as UNKNOWN_VALUE,
)
from dspy_language_server.program.model import (
    ApiValue,
    ClassDefinition,
    ClassValue,
    ConstantValue,
    ExternalValue,
    FunctionValue,
    ModuleValue,
    SignatureValue,
    TypeValue,
    Value,
)
from dspy_language_server.signature.scope import (
    UNKNOWN,
    Binding,
    BindingKind,
    MappingScope,
    Scope,
)
from dspy_language_server.source import syntax as s

_BASES = {
    ("pydantic", "BaseModel"): BindingKind.MODEL,
    ("pydantic.main", "BaseModel"): BindingKind.MODEL,
    ("pydantic", "RootModel"): BindingKind.MODEL,
    ("sqlmodel", "SQLModel"): BindingKind.MODEL,
    ("enum", "Enum"): BindingKind.ENUM,
    ("enum", "IntEnum"): BindingKind.ENUM,
    ("enum", "StrEnum"): BindingKind.ENUM,
    ("enum", "Flag"): BindingKind.ENUM,
    ("enum", "IntFlag"): BindingKind.ENUM,
    ("typing", "NamedTuple"): BindingKind.NAMED_TUPLE,
    ("typing_extensions", "NamedTuple"): BindingKind.NAMED_TUPLE,
    ("typing", "TypedDict"): BindingKind.TYPED_DICT,
    ("typing_extensions", "TypedDict"): BindingKind.EXTENSIONS_TYPED_DICT,
    ("typing", "Protocol"): BindingKind.PROTOCOL,
    ("typing_extensions", "Protocol"): BindingKind.PROTOCOL,
}
_NEUTRAL = {("typing", "Generic"), ("abc", "ABC"), ("typing_extensions", "Generic")}
_DATACLASSES = {
    ("dataclasses", "dataclass"),
    ("pydantic.dataclasses", "dataclass"),
}
_BUILTINS = frozenset(
    [
        "int",
        "str",
        "float",
        "bool",
        "list",
        "tuple",
        "dict",
        "set",
        "frozenset",
        "complex",
        "bytes",
        "bytearray",
        "object",
        "type",
    ]
)
_DSPY_MODELS = frozenset(
    [
        "Type",
        "Image",
        "Audio",
        "File",
        "Code",
        "History",
        "Tool",
        "ToolCalls",
        "ToolCallResults",
        "Reasoning",
        "Document",
        "Citations",
        "BaseType",
    ]
)


class FrameScope:
    """The scope of a frame, as it is now."""

    def __init__(self, frame: Frame) -> None:
        self._analysis = frame.analysis
        self._locals = dict(frame.env)
        self._local_names = frame.local_names or frozenset()
        self._parents: list[frozenset[str]] = []
        self._moment = frame.moment
        parent = frame.parent
        while parent is not None:
            if frame.is_class and parent.moment is not None:
                # A class body sees what its module has bound so far in the same stretch.
                self._locals = {**parent.env, **self._locals}
            if parent.local_names is not None:
                self._parents.append(parent.local_names)
            self._moment = parent.moment
            parent = parent.parent

    def lookup(self, name: str) -> Binding | None:
        """See `Scope.lookup`."""
        found = self._locals.get(name)
        if found is None:
            if self.is_local(name):
                # Bound later, or in a function that may not be running any more.
                return UNKNOWN
            found = self._analysis.find_global(name, self._moment)
        return None if found is None else binding(found)

    def value(self, name: str) -> Value:
        """What a name stands for, in the program's terms."""
        found = self._locals.get(name)
        if found is None and not self.is_local(name):
            found = self._analysis.find_global(name, self._moment)
        return found or UNKNOWN_VALUE

    def member(self, module: ModuleValue, name: str) -> Value:
        """What a name of a module stands for."""
        return self._analysis.module_member(module, name)

    def is_local(self, name: str) -> bool:
        """Whether a function around the place binds the name, so that the module does not see it."""
        return name in self._local_names or any(name in names for names in self._parents)


class GivenScope:
    """A scope with names of its own before it: those of `custom_types`."""

    def __init__(self, scope: Scope, given: Mapping[str, Binding]) -> None:
        self._scope = scope
        self._given = given

    def lookup(self, name: str) -> Binding | None:
        """See `Scope.lookup`."""
        return self._given.get(name) or self._scope.lookup(name)


def binding(value: Value) -> Binding:
    """What a value is to DSPy's search for types."""
    match value:
        case ModuleValue(name=name):
            return Binding(BindingKind.MODULE, name)
        case ApiValue(name=name):
            return _attribute("dspy", name)
        case ExternalValue(module=module, name=name):
            return _attribute(module, name)
        case ClassValue(definition=definition):
            return class_binding(definition)
        case SignatureValue(signature=signature) if signature.definition is not None:
            return class_binding(signature.definition)
        case TypeValue(text=text, scope=scope):
            return Binding(BindingKind.ALIAS, text=text, scope=scope)
        case FunctionValue():
            return Binding(BindingKind.VALUE, "function")
        case ConstantValue(value=None):
            return Binding(BindingKind.NONE)
        case ConstantValue(value=constant):
            return Binding(BindingKind.VALUE, type(constant).__name__)
        case _:
            return UNKNOWN


def _attribute(module: str, name: str) -> Binding:
    head = module.split(".", maxsplit=1)[0]
    scope = MappingScope({head: Binding(BindingKind.MODULE, head)})
    return Binding(BindingKind.ALIAS, text=f"{module}.{name}", scope=scope)


def class_binding(definition: ClassDefinition) -> Binding:
    """A class of the workspace as a type."""
    source = definition.source
    known = source.binding
    if known is None:
        known = source.binding = _class_binding(definition)
    assert isinstance(known, Binding)
    return known


def _class_binding(definition: ClassDefinition) -> Binding:
    source = definition.source
    statement: s.Class = source.statement
    scope = FrameScope(source.frame)
    return Binding(
        class_kind(definition),
        name=f"{source.module}.{source.qualname}",
        scope=scope,
        field_types=_field_types(statement),
        parameters=_parameters(statement),
        definition=definition,
    )


def class_kind(definition: ClassDefinition, depth: int = 0) -> BindingKind:
    """What kind of type a class is to pydantic."""
    source = definition.source
    if depth > 20:
        return BindingKind.CLASS
    statement: s.Class = source.statement
    if "__get_pydantic_core_schema__" in definition.methods:
        return BindingKind.CUSTOM
    for decorator in source.decorators:
        if isinstance(decorator, ExternalValue) and (
            (decorator.module, decorator.name) in _DATACLASSES
        ):
            return BindingKind.DATACLASS
    if definition.kind == "signature":
        return BindingKind.MODEL
    unknown = bool(statement.decorators) and not all(d.known for d in source.decorators)
    for base in definition.bases:
        kind = _base_kind(base, depth)
        if kind not in {None, BindingKind.CLASS, BindingKind.PLAIN}:
            assert kind is not None
            return kind
        unknown = unknown or kind is BindingKind.CLASS
    if unknown or not definition.complete_bases:
        return BindingKind.CLASS
    return BindingKind.PLAIN


def _base_kind(base: Value, depth: int) -> BindingKind | None:
    """What a base makes of a class; None: nothing."""
    match base:
        case ExternalValue(module=module, name=name):
            if (module, name) in _NEUTRAL:
                return None
            return _BASES.get((module, name), BindingKind.CLASS)
        case ClassValue(definition=definition):
            return class_kind(definition, depth + 1)
        case ApiValue(name=name):
            return BindingKind.MODEL if name in _DSPY_MODELS else BindingKind.CLASS
        case _:
            return BindingKind.CLASS


def _field_types(statement: s.Class) -> tuple[str, ...]:
    return tuple(
        inner.annotation_text
        for _, inner in statement.body
        if isinstance(inner, s.Assign) and inner.annotation_text
    )


def _parameters(statement: s.Class) -> int:
    if statement.type_parameters:
        return statement.type_parameters
    for argument in statement.arguments:
        value = argument.value
        if isinstance(value, s.Subscript):
            name = value.value
            spelled = name.id if isinstance(name, s.Name) else getattr(name, "name", "")
            if spelled == "Generic":
                return len(value.indices)
    return 0


def is_type_expression(expression: s.Expression) -> bool:
    """Whether an assigned expression may be an alias of a type."""
    match expression:
        case s.Subscript():
            return True
        case s.Binary(operator="|", left=left, right=right):
            return is_type_operand(left) and is_type_operand(right)
        case s.Name(id=name):
            return name in _BUILTINS
        case _:
            return False


def is_type_operand(expression: s.Expression) -> bool:
    """Whether an expression may stand on one side of `|` in a type."""
    match expression:
        case s.Name() | s.Attribute() | s.Subscript():
            return True
        case s.Constant(kind="none"):
            return True
        case s.Binary(operator="|"):
            return is_type_expression(expression)
        case _:
            return False


def scope_of(frame: Frame) -> Scope:
    """The names visible in a frame now."""
    return FrameScope(frame)
