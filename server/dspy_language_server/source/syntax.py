"""Python syntax as small plain nodes: what remains of the tree when only names, calls and strings matter.

Statements are placed by offset within their parent, and everything inside a statement counts from its
start. A statement whose text is unchanged is therefore the same object after an edit, wherever it moved.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from dspy_language_server.signature.model import Span
from dspy_language_server.source.literals import StringLiteral

ConstantKind = Literal["integer", "float", "boolean", "none", "other"]
DisplayKind = Literal["list", "tuple", "set"]
ComprehensionKind = Literal["list", "set", "dict", "generator"]


@dataclass(slots=True, eq=False, repr=False)
class Expression:
    """An expression; offsets count from the start of its statement."""

    start: int
    end: int

    @property
    def span(self) -> Span:
        """The place, counted from the statement's start."""
        return Span(self.start, self.end)

    def children(self) -> tuple[Expression, ...]:
        """The expressions directly inside, in source order."""
        return ()


@dataclass(slots=True, eq=False, repr=False)
class Name(Expression):
    """An identifier; empty where one is still to be typed."""

    id: str


@dataclass(slots=True, eq=False, repr=False)
class Attribute(Expression):
    """`value.name`; the name is empty where it is still to be typed."""

    value: Expression
    name: str
    name_span: Span

    def children(self) -> tuple[Expression, ...]:
        return (self.value,)


@dataclass(slots=True, eq=False, repr=False)
class Argument:
    """One argument: `value`, `name=value`, `*value` or `**value`."""

    kind: Literal["positional", "keyword", "*", "**"]
    span: Span
    name: str | None
    name_span: Span | None
    value: Expression


@dataclass(slots=True, eq=False, repr=False)
class Call(Expression):
    """`function(arguments)`; `parentheses` covers both brackets (or what is there of them)."""

    function: Expression
    arguments: tuple[Argument, ...]
    parentheses: Span
    broken: bool
    """A syntax error or a repaired place inside the parentheses."""

    def children(self) -> tuple[Expression, ...]:
        return (self.function, *[argument.value for argument in self.arguments])


@dataclass(slots=True, eq=False, repr=False)
class Subscript(Expression):
    """`value[indices]`."""

    value: Expression
    indices: tuple[Expression, ...]

    def children(self) -> tuple[Expression, ...]:
        return (self.value, *self.indices)


@dataclass(slots=True, eq=False, repr=False)
class String(Expression):
    """A string; `literal` is None where its value is not constant, `inner` what it interpolates."""

    literal: StringLiteral | None
    inner: tuple[Expression, ...] = ()

    def children(self) -> tuple[Expression, ...]:
        return self.inner


@dataclass(slots=True, eq=False, repr=False)
class Constant(Expression):
    """A number, True, False, None or an ellipsis."""

    kind: ConstantKind
    text: str


@dataclass(slots=True, eq=False, repr=False)
class Display(Expression):
    """A list, tuple or set."""

    kind: DisplayKind
    items: tuple[Expression, ...]

    def children(self) -> tuple[Expression, ...]:
        return self.items


@dataclass(slots=True, eq=False, repr=False)
class Dictionary(Expression):
    """`{key: value}`; a key is None for `**value`."""

    items: tuple[tuple[Expression | None, Expression], ...]

    def children(self) -> tuple[Expression, ...]:
        return tuple(part for pair in self.items for part in pair if part is not None)


@dataclass(slots=True, eq=False, repr=False)
class Await(Expression):
    """`await value`."""

    value: Expression

    def children(self) -> tuple[Expression, ...]:
        return (self.value,)


@dataclass(slots=True, eq=False, repr=False)
class Binary(Expression):
    """`left + right` and the other operators."""

    operator: str
    left: Expression
    right: Expression

    def children(self) -> tuple[Expression, ...]:
        return (self.left, self.right)


@dataclass(slots=True, eq=False, repr=False)
class Boolean(Expression):
    """`and`, `or`, `not` (one operand)."""

    operator: Literal["and", "or", "not"]
    operands: tuple[Expression, ...]

    def children(self) -> tuple[Expression, ...]:
        return self.operands


@dataclass(slots=True, eq=False, repr=False)
class Compare(Expression):
    """A comparison; `operators` stand between the operands."""

    operands: tuple[Expression, ...]
    operators: tuple[str, ...]

    def children(self) -> tuple[Expression, ...]:
        return self.operands


@dataclass(slots=True, eq=False, repr=False)
class Conditional(Expression):
    """`body if test else other`."""

    test: Expression
    body: Expression
    other: Expression

    def children(self) -> tuple[Expression, ...]:
        return (self.body, self.test, self.other)


@dataclass(slots=True, eq=False, repr=False)
class Lambda(Expression):
    """`lambda parameters: body`."""

    parameters: tuple[Parameter, ...]
    body: Expression

    def children(self) -> tuple[Expression, ...]:
        return (*_defaults(self.parameters), self.body)


@dataclass(slots=True, eq=False, repr=False)
class Clause:
    """`for target in iterable`, or a condition (target None)."""

    target: Expression | None
    value: Expression


@dataclass(slots=True, eq=False, repr=False)
class Comprehension(Expression):
    """A comprehension or generator; `value` is set for a dict's."""

    kind: ComprehensionKind
    element: Expression
    value: Expression | None
    clauses: tuple[Clause, ...]

    def children(self) -> tuple[Expression, ...]:
        values = () if self.value is None else (self.value,)
        return (self.element, *values, *[clause.value for clause in self.clauses])


@dataclass(slots=True, eq=False, repr=False)
class Starred(Expression):
    """`*value` or `**value`."""

    value: Expression

    def children(self) -> tuple[Expression, ...]:
        return (self.value,)


@dataclass(slots=True, eq=False, repr=False)
class Walrus(Expression):
    """`target := value`."""

    target: Expression
    value: Expression

    def children(self) -> tuple[Expression, ...]:
        return (self.target, self.value)


@dataclass(slots=True, eq=False, repr=False)
class Other(Expression):
    """Anything else: only what it contains counts."""

    inner: tuple[Expression, ...]

    def children(self) -> tuple[Expression, ...]:
        return self.inner


@dataclass(slots=True, eq=False, repr=False)
class Parameter:
    """A parameter of a function or lambda."""

    name: str
    name_span: Span
    kind: Literal["positional", "keyword", "args", "kwargs"]
    default: Expression | None
    default_text: str | None
    annotation: Expression | None
    annotation_text: str | None


# ---------------------------------------------------------------------------- statements


class Placed(NamedTuple):
    """A statement and where it begins within its parent's span (or the stretch)."""

    offset: int
    statement: Statement


Block = tuple[Placed, ...]


@dataclass(slots=True, eq=False, repr=False)
class Statement:
    """A statement of `length` characters."""

    length: int
    summary: object = field(init=False, default=None, repr=False)
    """What `program` notes about it once; kept here so that it lives as long as the statement."""

    def expressions(self) -> tuple[Expression, ...]:
        """The expressions of the statement itself, those of its blocks excluded."""
        return ()

    def blocks(self) -> tuple[Block, ...]:
        """The blocks directly inside."""
        return ()


@dataclass(slots=True, eq=False, repr=False)
class Assign(Statement):
    """`a = b = value`, `a: annotation = value`, `a += value` (`augmented`)."""

    targets: tuple[Expression, ...]
    value: Expression | None
    annotation: Expression | None
    annotation_text: str | None
    augmented: bool

    def expressions(self) -> tuple[Expression, ...]:
        value = () if self.value is None else (self.value,)
        annotation = () if self.annotation is None else (self.annotation,)
        return (*value, *self.targets, *annotation)


EvaluateKind = Literal["expression", "raise", "assert", "delete", "other"]


@dataclass(slots=True, eq=False, repr=False)
class Evaluate(Statement):
    """Expressions that are evaluated for their effect: a call, `assert`, `raise`, `del`, `print`."""

    kind: EvaluateKind
    values: tuple[Expression, ...]

    def expressions(self) -> tuple[Expression, ...]:
        return self.values


@dataclass(slots=True, eq=False, repr=False)
class ImportedName:
    """One name of an import."""

    module: str
    """The module as written, without the leading dots."""
    level: int
    name: str | None
    """The name of a `from` import; None for `import module`, `*` for a star."""
    alias: str | None
    span: Span
    """The bound name: the alias, or the (first) name itself."""
    name_span: Span
    module_span: Span


@dataclass(slots=True, eq=False, repr=False)
class Import(Statement):
    """`import …` or `from … import …`."""

    names: tuple[ImportedName, ...]


@dataclass(slots=True, eq=False, repr=False)
class Return(Statement):
    """`return value` or an expression statement `yield value`."""

    value: Expression | None

    def expressions(self) -> tuple[Expression, ...]:
        return () if self.value is None else (self.value,)


@dataclass(slots=True, eq=False, repr=False)
class ScopeDeclaration(Statement):
    """`global` or `nonlocal`."""

    kind: Literal["global", "nonlocal"]
    names: tuple[str, ...]


@dataclass(slots=True, eq=False, repr=False)
class Class(Statement):
    """A class definition."""

    name: str
    name_span: Span
    arguments: tuple[Argument, ...]
    decorators: tuple[Expression, ...]
    body: Block
    docstring: StringLiteral | None
    type_parameters: int

    def expressions(self) -> tuple[Expression, ...]:
        return (*self.decorators, *[argument.value for argument in self.arguments])

    def blocks(self) -> tuple[Block, ...]:
        return (self.body,)


@dataclass(slots=True, eq=False, repr=False)
class Function(Statement):
    """A function definition."""

    name: str
    name_span: Span
    parameters: tuple[Parameter, ...]
    decorators: tuple[Expression, ...]
    returns: Expression | None
    returns_text: str | None
    body: Block
    docstring: StringLiteral | None
    is_async: bool

    def expressions(self) -> tuple[Expression, ...]:
        given = [e for p in self.parameters for e in (p.default, p.annotation) if e is not None]
        returns = () if self.returns is None else (self.returns,)
        return (*self.decorators, *given, *returns)

    def blocks(self) -> tuple[Block, ...]:
        return (self.body,)


@dataclass(slots=True, eq=False, repr=False)
class If(Statement):
    """`if`; an `elif` is an `If` in `other`."""

    test: Expression
    body: Block
    other: Block

    def expressions(self) -> tuple[Expression, ...]:
        return (self.test,)

    def blocks(self) -> tuple[Block, ...]:
        return (self.body, self.other)


@dataclass(slots=True, eq=False, repr=False)
class For(Statement):
    """`for target in iterable`."""

    target: Expression
    iterable: Expression
    body: Block
    other: Block

    def expressions(self) -> tuple[Expression, ...]:
        return (self.target, self.iterable)

    def blocks(self) -> tuple[Block, ...]:
        return (self.body, self.other)


@dataclass(slots=True, eq=False, repr=False)
class While(Statement):
    """`while test`."""

    test: Expression
    body: Block
    other: Block

    def expressions(self) -> tuple[Expression, ...]:
        return (self.test,)

    def blocks(self) -> tuple[Block, ...]:
        return (self.body, self.other)


@dataclass(slots=True, eq=False, repr=False)
class With(Statement):
    """`with value as target, …`."""

    items: tuple[tuple[Expression, Expression | None], ...]
    body: Block

    def expressions(self) -> tuple[Expression, ...]:
        return tuple(part for item in self.items for part in item if part is not None)

    def blocks(self) -> tuple[Block, ...]:
        return (self.body,)


@dataclass(slots=True, eq=False, repr=False)
class Handler:
    """`except type as name`."""

    type: Expression | None
    name: Expression | None
    body: Block


@dataclass(slots=True, eq=False, repr=False)
class Try(Statement):
    """`try`."""

    body: Block
    handlers: tuple[Handler, ...]
    other: Block
    final: Block

    def expressions(self) -> tuple[Expression, ...]:
        return tuple(handler.type for handler in self.handlers if handler.type is not None)

    def blocks(self) -> tuple[Block, ...]:
        return (self.body, *[handler.body for handler in self.handlers], self.other, self.final)


@dataclass(slots=True, eq=False, repr=False)
class Match(Statement):
    """`match`; each case with the names it binds."""

    subject: Expression
    cases: tuple[tuple[tuple[Name, ...], tuple[Expression, ...], Block], ...]

    def expressions(self) -> tuple[Expression, ...]:
        return (self.subject, *[guard for _, guards, _ in self.cases for guard in guards])

    def blocks(self) -> tuple[Block, ...]:
        return tuple(block for _, _, block in self.cases)


@dataclass(slots=True, eq=False, repr=False)
class TypeAlias(Statement):
    """`type X = …`."""

    name: Expression
    value: Expression
    value_text: str

    def expressions(self) -> tuple[Expression, ...]:
        return (self.value,)


def _defaults(parameters: tuple[Parameter, ...]) -> list[Expression]:
    return [p.default for p in parameters if p.default is not None]
