"""What a name means where a signature string is used, in the terms that DSPy and pydantic care about.

The program room builds these from source; nothing here looks at a file or imports a module.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol


class BindingKind(Enum):
    """The kinds of things that a name can be bound to."""

    MODEL = "BaseModel"  # a pydantic model, or any subclass of one of DSPy's own types
    DATACLASS = "dataclass"
    ENUM = "Enum"
    NAMED_TUPLE = "NamedTuple"
    TYPED_DICT = (
        "TypedDict"  # typing.TypedDict: pydantic wants typing_extensions' below Python 3.12
    )
    EXTENSIONS_TYPED_DICT = "typing_extensions.TypedDict"
    CUSTOM = "class with __get_pydantic_core_schema__"
    PLAIN = "plain class"  # no pydantic schema: rejected
    PROTOCOL = "Protocol"  # no pydantic schema: rejected
    CLASS = "class"  # a class of which more is not known (a base from elsewhere): cannot be known
    NEW_TYPE = "NewType"
    TYPE_VAR = "TypeVar"
    TYPE_ALIAS = "type statement"  # `type X = …` (Python 3.12): not a type to DSPy
    ALIAS = "alias"  # `Labels = Literal["a", "b"]`: `text` holds the expression
    MODULE = "module"
    VALUE = "value"  # a function, an instance, a constant: not a type
    TABLE = (
        "known"  # a name of a known module, made by `known_name`; `text` holds the table's entry
    )
    NONE = "None"  # the constant None, which DSPy reads as str
    UNKNOWN = "unknown"  # bound, but to what cannot be known: silence


@dataclass(frozen=True)
class Binding:
    """What one name is bound to.

    Attributes:
        kind: See `BindingKind`.
        name: How the runtime spells it: `module.qualname` for a class (`__main__.Color`), the dotted
            name for a module, the name of the value's type for a value (`function`).
        text: For `ALIAS`: the expression, a Python expression in source. For `NEW_TYPE`: its supertype.
        scope: Where `text` and `field_types` are to be read; EMPTY means builtins only.
        field_types: For dataclasses, named tuples and typed dictionaries: their annotations, because
            pydantic builds a schema for each of them.
        parameters: How many type parameters the class takes (`class Box(BaseModel, Generic[T])`: 1).
        members: What an attribute of the class or module is bound to; None as answer: no such
            attribute. Absent: nothing is known about attributes.
        definition: Whatever the caller wants back (a source location), untouched.
    """

    kind: BindingKind
    name: str = ""
    text: str = ""
    scope: "Scope | None" = None
    field_types: tuple[str, ...] = ()
    parameters: int = 0
    members: "Callable[[str], Binding | None] | None" = None
    definition: object = field(default=None, compare=False)


UNKNOWN = Binding(BindingKind.UNKNOWN)


class Scope(Protocol):
    """The names that are visible where a signature is made."""

    def lookup(self, name: str) -> Binding | None:
        """What `name` is bound to in the calling function's locals or a caller's globals.

        None: certainly not bound there. `UNKNOWN`: bound or perhaps bound, to something that
        cannot be known. Builtins are not asked for.
        """


class MappingScope:
    """A scope from a dictionary."""

    def __init__(self, names: Mapping[str, Binding]) -> None:
        self._names = names

    def lookup(self, name: str) -> Binding | None:
        """See `Scope.lookup`."""
        return self._names.get(name)


class OpenScope:
    """A scope in which every name may be bound: for a string whose surroundings are not known."""

    def lookup(self, name: str) -> Binding | None:  # noqa: ARG002 - the protocol's name
        """See `Scope.lookup`."""
        return UNKNOWN


EMPTY: Scope = MappingScope({})
