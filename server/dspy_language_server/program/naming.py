"""Where a function's own parameter is named in its body, as Python's scopes have it."""

from __future__ import annotations

from collections.abc import Iterator

from dspy_language_server.program.summary import bound_in, bound_name, targets_of
from dspy_language_server.signature.model import Span
from dspy_language_server.source import syntax as s


class Naming:
    """The places in a function's body that stand for one of its parameters.

    Args:
        statement: The function.
        name: The parameter.
    """

    def __init__(self, statement: s.Function, name: str) -> None:
        self._name = name
        self.spans: list[Span] = []
        """Counted from the start of the function's statement."""
        self.elsewise = False
        """Something binds the name that is no plain name: an import, a class, `nonlocal`."""
        self._block(statement.body, 0)
        self.spans.sort()

    def _block(self, block: s.Block, base: int) -> None:
        for offset, statement in block:
            self._statement(statement, base + offset)

    def _statement(self, statement: s.Statement, start: int) -> None:
        for expression in (*statement.expressions(), *_bound(statement)):
            self._expression(expression, start)
        match statement:
            case s.Import(names=names):
                self._elsewise(bound_name(each) for each in names)
            case s.ScopeDeclaration(names=words):
                self._elsewise(words)
            case s.Function(name=name, parameters=parameters, body=body):
                self._elsewise((name,))
                if not self._hides(parameters, body):
                    self._block(body, start)
            case s.Class(name=name, body=body):
                self._elsewise((name, *bound_in(body)))
                self._block(body, start)
            case _:
                for block in statement.blocks():
                    self._block(block, start)

    def _elsewise(self, names: Iterator[str] | tuple[str, ...]) -> None:
        self.elsewise = self.elsewise or self._name in names

    def _hides(self, parameters: tuple[s.Parameter, ...], body: s.Block) -> bool:
        """Whether the name is another one in an inner function."""
        if any(parameter.name == self._name for parameter in parameters):
            return True
        declared = set(_declared(body))
        return self._name in bound_in(body) and self._name not in declared

    def _expression(self, expression: s.Expression, base: int) -> None:
        match expression:
            case s.Name(id=name):
                if name == self._name:
                    self.spans.append(expression.span.shifted(base))
            case s.Lambda(parameters=parameters, body=body):
                for parameter in parameters:
                    if parameter.default is not None:
                        self._expression(parameter.default, base)
                if all(parameter.name != self._name for parameter in parameters):
                    self._expression(body, base)
            case s.Comprehension(clauses=clauses):
                self._comprehension(expression, clauses, base)
            case _:
                for inner in expression.children():
                    self._expression(inner, base)

    def _comprehension(
        self, expression: s.Comprehension, clauses: tuple[s.Clause, ...], base: int
    ) -> None:
        targets = [clause.target for clause in clauses if clause.target is not None]
        names = {
            single.id
            for target in targets
            for single in targets_of(target)
            if isinstance(single, s.Name)
        }
        if self._name in names:  # Only the first iterable is evaluated outside.
            self._expression(clauses[0].value, base)
            return
        for inner in (*expression.children(), *targets):
            self._expression(inner, base)


def _bound(statement: s.Statement) -> Iterator[s.Expression]:
    """The names that a statement binds and `Statement.expressions` leaves out."""
    match statement:
        case s.Try(handlers=handlers):
            for handler in handlers:
                if handler.name is not None:
                    yield handler.name
        case s.Match(cases=cases):
            for names, _, _ in cases:
                yield from names
        case _:
            return


def _declared(block: s.Block) -> Iterator[str]:
    """The names that a function's body says are of another scope."""
    for _, statement in block:
        if isinstance(statement, s.ScopeDeclaration):
            yield from statement.names
        elif not isinstance(statement, s.Function | s.Class):
            for inner in statement.blocks():
                yield from _declared(inner)


def names_in(statement: s.Statement) -> set[str]:
    """Every name in a statement and all that is inside it."""
    found: set[str] = set()
    waiting: list[s.Statement] = [statement]
    while waiting:
        current = waiting.pop()
        expressions = [*current.expressions(), *_bound(current)]
        if isinstance(current, s.Function):
            found.update(parameter.name for parameter in current.parameters)
        if isinstance(current, s.Function | s.Class) and current is not statement:
            found.add(current.name)
        while expressions:
            expression = expressions.pop()
            if isinstance(expression, s.Name):
                found.add(expression.id)
            if isinstance(expression, s.Lambda):
                found.update(parameter.name for parameter in expression.parameters)
            if isinstance(expression, s.Comprehension):
                expressions += [c.target for c in expression.clauses if c.target is not None]
            expressions.extend(expression.children())
        for block in current.blocks():
            waiting.extend(inner for _, inner in block)
    return found
