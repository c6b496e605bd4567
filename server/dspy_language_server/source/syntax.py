"""Python syntax as small plain nodes: what remains of the tree when only names, calls and strings matter.

Statements are placed by offset within their parent, and everything inside a statement counts from its
start. A statement whose text is unchanged is therefore the same object after an edit, wherever it moved.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from dspy_language_server.signature.model import Span
from dspy_language_server.source.literals import StringLiteral

ConstantKind = Literal["integer", "float", "boolean", "none", "other"]
DisplayKind = Literal["list", "tuple", "set"]
ComprehensionKind = Literal["list", "set", "dict", "generator"]


@dataclass(slots=True, eq=False)
class Expression:
    """An expression; offsets count from the start of its statement."""

    start: int
    end: int

    @property
    def span(self) -> Span:
        """The place, counted from the statement's start."""
        return Span(self.start, self.end)


@dataclass(slots=True, eq=False)
class Name(Expression):
    """An identifier; empty where one is still to be typed."""

    id: str


@dataclass(slots=True, eq=False)
class Attribute(Expression):
    """`value.name`; the name is empty where it is still to be typed."""

    value: Expression
    name: str
    name_span: Span


@dataclass(slots=True, eq=False)
class Argument:
    """One argument: `value`, `name=value`, `*value` or `**value`."""

    kind: Literal["positional", "keyword", "*", "**"]
    span: Span
    name: str | None
    name_span: Span | None
    value: Expression


@dataclass(slots=True, eq=False)
class Call(Expression):
    """`function(arguments)`; `parentheses` covers both brackets (or what is there of them)."""

    function: Expression
    arguments: tuple[Argument, ...]
    parentheses: Span
    broken: bool
    """A syntax error or a repaired place inside the parentheses."""


@dataclass(slots=True, eq=False)
class Subscript(Expression):
    """`value[indices]`."""

    value: Expression
    indices: tuple[Expression, ...]


@dataclass(slots=True, eq=False)
class String(Expression):
    """A string; `literal` is None where its value is not constant, `inner` what it interpolates."""

    literal: StringLiteral | None
    inner: tuple[Expression, ...] = ()


@dataclass(slots=True, eq=False)
class Constant(Expression):
    """A number, True, False, None or an ellipsis."""

    kind: ConstantKind
    text: str


@dataclass(slots=True, eq=False)
class Display(Expression):
    """A list, tuple or set."""

    kind: DisplayKind
    items: tuple[Expression, ...]


@dataclass(slots=True, eq=False)
class Dictionary(Expression):
    """`{key: value}`; a key is None for `**value`."""

    items: tuple[tuple[Expression | None, Expression], ...]


@dataclass(slots=True, eq=False)
class Await(Expression):
    """`await value`."""

    value: Expression


@dataclass(slots=True, eq=False)
class Binary(Expression):
    """`left + right` and the other operators."""

    operator: str
    left: Expression
    right: Expression


@dataclass(slots=True, eq=False)
class Boolean(Expression):
    """`and`, `or`, `not` (one operand)."""

    operator: Literal["and", "or", "not"]
    operands: tuple[Expression, ...]


@dataclass(slots=True, eq=False)
class Compare(Expression):
    """A comparison; `operators` stand between the operands."""

    operands: tuple[Expression, ...]
    operators: tuple[str, ...]


@dataclass(slots=True, eq=False)
class Conditional(Expression):
    """`body if test else other`."""

    test: Expression
    body: Expression
    other: Expression


@dataclass(slots=True, eq=False)
class Lambda(Expression):
    """`lambda parameters: body`."""

    parameters: tuple[Parameter, ...]
    body: Expression


@dataclass(slots=True, eq=False)
class Clause:
    """`for target in iterable`, or a condition (target None)."""

    target: Expression | None
    value: Expression


@dataclass(slots=True, eq=False)
class Comprehension(Expression):
    """A comprehension or generator; `value` is set for a dict's."""

    kind: ComprehensionKind
    element: Expression
    value: Expression | None
    clauses: tuple[Clause, ...]


@dataclass(slots=True, eq=False)
class Starred(Expression):
    """`*value` or `**value`."""

    value: Expression


@dataclass(slots=True, eq=False)
class Walrus(Expression):
    """`target := value`."""

    target: Expression
    value: Expression


@dataclass(slots=True, eq=False)
class Other(Expression):
    """Anything else: only what it contains counts."""

    inner: tuple[Expression, ...]


@dataclass(slots=True, eq=False)
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


@dataclass(slots=True, eq=False)
class Statement:
    """A statement of `length` characters."""

    length: int
    summary: object = field(init=False, default=None, repr=False)
    """What `program` notes about it once; kept here so that it lives as long as the statement."""


@dataclass(slots=True, eq=False)
class Assign(Statement):
    """`a = b = value`, `a: annotation = value`, `a += value` (`augmented`)."""

    targets: tuple[Expression, ...]
    value: Expression | None
    annotation: Expression | None
    annotation_text: str | None
    augmented: bool


EvaluateKind = Literal["expression", "raise", "assert", "delete", "other"]


@dataclass(slots=True, eq=False)
class Evaluate(Statement):
    """Expressions that are evaluated for their effect: a call, `assert`, `raise`, `del`, `print`."""

    kind: EvaluateKind
    values: tuple[Expression, ...]


@dataclass(slots=True, eq=False)
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


@dataclass(slots=True, eq=False)
class Import(Statement):
    """`import …` or `from … import …`."""

    names: tuple[ImportedName, ...]


@dataclass(slots=True, eq=False)
class Return(Statement):
    """`return value` or an expression statement `yield value`."""

    value: Expression | None


@dataclass(slots=True, eq=False)
class ScopeDeclaration(Statement):
    """`global` or `nonlocal`."""

    kind: Literal["global", "nonlocal"]
    names: tuple[str, ...]


@dataclass(slots=True, eq=False)
class Class(Statement):
    """A class definition."""

    name: str
    name_span: Span
    arguments: tuple[Argument, ...]
    decorators: tuple[Expression, ...]
    body: Block
    docstring: StringLiteral | None
    type_parameters: int


@dataclass(slots=True, eq=False)
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


@dataclass(slots=True, eq=False)
class If(Statement):
    """`if`; an `elif` is an `If` in `other`."""

    test: Expression
    body: Block
    other: Block


@dataclass(slots=True, eq=False)
class For(Statement):
    """`for target in iterable`."""

    target: Expression
    iterable: Expression
    body: Block
    other: Block


@dataclass(slots=True, eq=False)
class While(Statement):
    """`while test`."""

    test: Expression
    body: Block
    other: Block


@dataclass(slots=True, eq=False)
class With(Statement):
    """`with value as target, …`."""

    items: tuple[tuple[Expression, Expression | None], ...]
    body: Block


@dataclass(slots=True, eq=False)
class Handler:
    """`except type as name`."""

    type: Expression | None
    name: Expression | None
    body: Block


@dataclass(slots=True, eq=False)
class Try(Statement):
    """`try`."""

    body: Block
    handlers: tuple[Handler, ...]
    other: Block
    final: Block


@dataclass(slots=True, eq=False)
class Match(Statement):
    """`match`; each case with the names it binds."""

    subject: Expression
    cases: tuple[tuple[tuple[Name, ...], tuple[Expression, ...], Block], ...]


@dataclass(slots=True, eq=False)
class TypeAlias(Statement):
    """`type X = …`."""

    name: Expression
    value: Expression
    value_text: str


def children(expression: Expression) -> Iterator[Expression]:  # noqa: PLR0912 - one case per kind
    """The expressions directly inside an expression, in source order."""
    match expression:
        case Attribute(value=value) | Await(value=value) | Starred(value=value):
            yield value
        case Call(function=function, arguments=arguments):
            yield function
            for argument in arguments:
                yield argument.value
        case Subscript(value=value, indices=indices):
            yield value
            yield from indices
        case String(inner=inner) | Other(inner=inner):
            yield from inner
        case Display(items=items):
            yield from items
        case Dictionary(items=pairs):
            for key, value in pairs:
                if key is not None:
                    yield key
                yield value
        case Binary(left=left, right=right):
            yield left
            yield right
        case Boolean(operands=operands) | Compare(operands=operands):
            yield from operands
        case Conditional(test=test, body=body, other=other):
            yield body
            yield test
            yield other
        case Lambda(parameters=parameters, body=body):
            for parameter in parameters:
                if parameter.default is not None:
                    yield parameter.default
            yield body
        case Comprehension(element=element, value=found, clauses=clauses):
            yield element
            if found is not None:
                yield found
            for clause in clauses:
                yield clause.value
        case Walrus(target=target, value=value):
            yield target
            yield value
        case _:
            return


def blocks(statement: Statement) -> tuple[Block, ...]:
    """The blocks directly inside a statement."""
    match statement:
        case Class(body=body) | Function(body=body) | With(body=body):
            return (body,)
        case (
            If(body=body, other=other) | For(body=body, other=other) | While(body=body, other=other)
        ):
            return (body, other)
        case Try(body=body, handlers=handlers, other=other, final=final):
            return (body, *(handler.body for handler in handlers), other, final)
        case Match(cases=cases):
            return tuple(block for _, _, block in cases)
        case _:
            return ()


def expressions(statement: Statement) -> Iterator[Expression]:  # noqa: PLR0912
    """The expressions of a statement itself, those of its blocks excluded."""
    match statement:
        case Assign(targets=targets, value=value, annotation=annotation):
            if value is not None:
                yield value
            yield from targets
            if annotation is not None:
                yield annotation
        case Evaluate(values=values):
            yield from values
        case Return(value=value):
            if value is not None:
                yield value
        case Class(arguments=arguments, decorators=decorators):
            yield from decorators
            for argument in arguments:
                yield argument.value
        case Function(parameters=parameters, decorators=decorators, returns=returns):
            yield from decorators
            for parameter in parameters:
                if parameter.default is not None:
                    yield parameter.default
                if parameter.annotation is not None:
                    yield parameter.annotation
            if returns is not None:
                yield returns
        case If(test=test) | While(test=test):
            yield test
        case For(target=target, iterable=iterable):
            yield target
            yield iterable
        case With(items=items):
            for item, bound in items:
                yield item
                if bound is not None:
                    yield bound
        case Try(handlers=handlers):
            for handler in handlers:
                if handler.type is not None:
                    yield handler.type
        case Match(subject=subject, cases=cases):
            yield subject
            for _, guards, _ in cases:
                yield from guards
        case TypeAlias(value=value):
            yield value
        case _:
            return
