"""Reads expressions of the tree into syntax nodes; offsets count from the start of the statement."""

from __future__ import annotations

from collections.abc import Callable

from tree_sitter import Node

from dspy_language_server.signature.model import Span
from dspy_language_server.source import syntax as s
from dspy_language_server.source.literals import from_tokens
from dspy_language_server.source.stretch import Stretch

_DEEPEST = 60


class ExpressionReader:
    """Reads the expressions of one statement that begins at `base`, an offset of the stretch."""

    def __init__(self, stretch: Stretch, base: int) -> None:
        self._stretch = stretch
        self._base = base
        self._text = stretch.text
        self._plain = stretch.is_ascii and not stretch.insertions
        self._depth = 0

    # ------------------------------------------------------------------------- places

    def span(self, node: Node) -> Span:
        """A node's place, counted from the statement's start."""
        base = self._base
        if self._plain:
            return Span(node.start_byte - base, node.end_byte - base)
        offset = self._stretch.offset
        return Span(offset(node.start_byte) - base, offset(node.end_byte) - base)

    def text(self, node: Node) -> str:
        """What is written there (nothing for what was put in)."""
        if self._plain:
            return self._text[node.start_byte : node.end_byte]
        start, end = self.span(node)
        return self._text[start + self._base : end + self._base]

    def nothing(self, node: Node) -> s.Expression:
        """An expression of which nothing is known."""
        return s.Other(*self.span(node), ())

    def _holed(self, span: Span) -> bool:
        base = self._base
        return self._stretch.insertions.touch(span.start + base, span.end + base)

    # -------------------------------------------------------------------- expressions

    def read(self, node: Node) -> s.Expression:
        """The expression that a node is."""
        if self._depth >= _DEEPEST:
            return self.nothing(node)
        self._depth += 1
        try:
            kind = node.type
            if kind == "identifier":
                start, end = self.span(node)
                return s.Name(start, end, self._text[start + self._base : end + self._base])
            maker = _MAKERS.get(kind)
            return self._other(node) if maker is None else maker(self, node)
        finally:
            self._depth -= 1

    def _other(self, node: Node) -> s.Expression:
        return s.Other(*self.span(node), tuple(self.read(child) for child in comments_aside(node)))

    def inside(self, node: Node) -> s.Expression:
        """Reads what parentheses or a wrapper hold."""
        inner = comments_aside(node)
        return self.read(inner[0]) if len(inner) == 1 else self._other(node)

    def attribute(self, node: Node) -> s.Expression:
        """Reads `value.name`."""
        value = node.child_by_field_name("object")
        name = node.child_by_field_name("attribute")
        if value is None or name is None:
            return self._other(node)
        return s.Attribute(*self.span(node), self.read(value), self.text(name), self.span(name))

    def call(self, node: Node) -> s.Expression:
        """Reads `function(…)`."""
        function = node.child_by_field_name("function")
        given = node.child_by_field_name("arguments")
        if function is None or given is None:
            return self._other(node)
        if given.type != "argument_list":
            # `f(x for x in y)`
            value = self.read(given)
            only = s.Argument("positional", value.span, None, None, value)
            span = self.span(given)
            return s.Call(*self.span(node), self.read(function), (only,), span, given.has_error)
        arguments, broken = self.arguments(given)
        span = self.span(given)
        return s.Call(*self.span(node), self.read(function), arguments, span, broken)

    def arguments(self, node: Node) -> tuple[tuple[s.Argument, ...], bool]:
        """The arguments of a call or class, and whether something is broken among them."""
        read: list[s.Argument] = []
        for child in comments_aside(node):
            kind = child.type
            if kind == "keyword_argument":
                name = child.child_by_field_name("name")
                value = child.child_by_field_name("value")
                if name is not None and value is not None:
                    read.append(
                        s.Argument(
                            "keyword",
                            self.span(child),
                            self.text(name),
                            self.span(name),
                            self.read(value),
                        )
                    )
            elif kind in {"list_splat", "dictionary_splat"}:
                star = "*" if kind == "list_splat" else "**"
                read.append(
                    s.Argument(
                        "*" if star == "*" else "**",
                        self.span(child),
                        None,
                        None,
                        self.inside(child),
                    )
                )
            elif kind == "ERROR":
                # A name with nothing behind its `=` yet, most of the time.
                continue
            else:
                read.append(
                    s.Argument("positional", self.span(child), None, None, self.read(child))
                )
        return tuple(read), node.has_error or self._holed(self.span(node))

    def subscript(self, node: Node) -> s.Expression:
        """Reads `value[…]`."""
        value = node.child_by_field_name("value")
        if value is None:
            return self._other(node)
        indices = tuple(self.read(each) for each in node.children_by_field_name("subscript"))
        return s.Subscript(*self.span(node), self.read(value), indices)

    def string(self, node: Node) -> s.Expression:
        """Reads one string token."""
        literal = from_tokens([self._token(node)], self.span(node))
        inner = self._interpolations(node) if literal is None else ()
        return s.String(*self.span(node), literal, inner)

    def concatenated(self, node: Node) -> s.Expression:
        """Reads tokens side by side."""
        tokens = [child for child in node.named_children if child.type == "string"]
        span = self.span(node)
        literal = from_tokens([self._token(token) for token in tokens], span)
        if literal is not None:
            literal.span = span
            return s.String(*span, literal)
        inner = tuple(each for token in tokens for each in self._interpolations(token))
        return s.String(*span, None, inner)

    def _token(self, node: Node) -> tuple[int, str]:
        return self.span(node).start, self.text(node)

    def _interpolations(self, node: Node) -> tuple[s.Expression, ...]:
        return tuple(
            self.read(inner)
            for child in node.named_children
            if child.type == "interpolation"
            for inner in child.children_by_field_name("expression")
        )

    def constant(self, node: Node) -> s.Expression:
        """Reads a number, True, False or None."""
        return s.Constant(*self.span(node), _CONSTANTS[node.type], self.text(node))

    def display(self, node: Node) -> s.Expression:
        """Reads a list, tuple or set."""
        items = tuple(self.read(child) for child in comments_aside(node))
        return s.Display(*self.span(node), _DISPLAYS[node.type], items)

    def dictionary(self, node: Node) -> s.Expression:
        """Reads `{…: …}`."""
        items: list[tuple[s.Expression | None, s.Expression]] = []
        for child in comments_aside(node):
            if child.type == "pair":
                key = child.child_by_field_name("key")
                value = child.child_by_field_name("value")
                if key is not None and value is not None:
                    items.append((self.read(key), self.read(value)))
            else:
                items.append((None, self.inside(child)))
        return s.Dictionary(*self.span(node), tuple(items))

    def await_(self, node: Node) -> s.Expression:
        """Reads `await …`."""
        return s.Await(*self.span(node), self.inside(node))

    def binary(self, node: Node) -> s.Expression:
        """Reads an operator between two values."""
        left = node.child_by_field_name("left")
        right = node.child_by_field_name("right")
        operator = node.child_by_field_name("operator")
        if left is None or right is None or operator is None:
            return self._other(node)
        made = self.read(left), self.read(right)
        return s.Binary(*self.span(node), operator.type, *made)

    def boolean(self, node: Node) -> s.Expression:
        """Reads `and`, `or`, `not`."""
        if node.type == "not_operator":
            return s.Boolean(*self.span(node), "not", (self.inside(node),))
        operator = node.child_by_field_name("operator")
        operands = tuple(self.read(child) for child in comments_aside(node))
        kind = "or" if operator is not None and operator.type == "or" else "and"
        return s.Boolean(*self.span(node), "or" if kind == "or" else "and", operands)

    def compare(self, node: Node) -> s.Expression:
        """Reads a comparison."""
        operators = tuple(each.type for each in node.children_by_field_name("operators"))
        operands = tuple(self.read(child) for child in comments_aside(node))
        return s.Compare(*self.span(node), operands, operators)

    def conditional(self, node: Node) -> s.Expression:
        """Reads `… if … else …`."""
        parts = comments_aside(node)
        if len(parts) != 3:
            return self._other(node)
        body, test, other = (self.read(part) for part in parts)
        return s.Conditional(*self.span(node), test, body, other)

    def lambda_(self, node: Node) -> s.Expression:
        """Reads `lambda …: …`."""
        parameters = node.child_by_field_name("parameters")
        body = node.child_by_field_name("body")
        if body is None:
            return self._other(node)
        found = () if parameters is None else self.parameters(parameters)
        return s.Lambda(*self.span(node), found, self.read(body))

    def comprehension(self, node: Node) -> s.Expression:
        """Reads a comprehension."""
        body = node.child_by_field_name("body")
        if body is None:
            return self._other(node)
        clauses: list[s.Clause] = []
        for child in node.named_children:
            if child.type == "for_in_clause":
                left = child.child_by_field_name("left")
                right = child.child_by_field_name("right")
                if left is not None and right is not None:
                    clauses.append(s.Clause(self.read(left), self.read(right)))
            elif child.type == "if_clause":
                clauses += [s.Clause(None, self.read(each)) for each in comments_aside(child)]
        value = None
        element = body
        if body.type == "pair":
            key = body.child_by_field_name("key")
            found = body.child_by_field_name("value")
            element = key or body
            value = None if found is None else self.read(found)
        kind = _COMPREHENSIONS[node.type]
        return s.Comprehension(*self.span(node), kind, self.read(element), value, tuple(clauses))

    def starred(self, node: Node) -> s.Expression:
        """Reads `*…` or `**…`."""
        return s.Starred(*self.span(node), self.inside(node))

    def walrus(self, node: Node) -> s.Expression:
        """Reads `… := …`."""
        name = node.child_by_field_name("name")
        value = node.child_by_field_name("value")
        if name is None or value is None:
            return self._other(node)
        return s.Walrus(*self.span(node), self.read(name), self.read(value))

    # --------------------------------------------------------------------- parameters

    def parameters(self, node: Node) -> tuple[s.Parameter, ...]:
        """The parameters of a function or lambda."""
        read: list[s.Parameter] = []
        keyword_only = False
        for child in comments_aside(node):
            kind = child.type
            if kind == "keyword_separator":
                keyword_only = True
                continue
            parameter = self._parameter(child, keyword_only=keyword_only)
            if parameter is not None:
                read.append(parameter)
                keyword_only = keyword_only or parameter.kind == "args"
        return tuple(read)

    def _parameter(self, node: Node, *, keyword_only: bool) -> s.Parameter | None:
        annotation = node.child_by_field_name("type")
        default = node.child_by_field_name("value")
        name = node.child_by_field_name("name")
        if name is None:
            name = node if node.type == "identifier" else _first(node)
        kind = node.type
        if node.type == "typed_parameter" and name is not None:
            kind = name.type
        if name is not None and name.type in {"list_splat_pattern", "dictionary_splat_pattern"}:
            kind = name.type
            name = _first(name)
        if name is None or name.type != "identifier":
            return None
        written = self.text(name)
        return s.Parameter(
            written,
            self.span(name),
            "args"
            if kind == "list_splat_pattern"
            else "kwargs"
            if kind == "dictionary_splat_pattern"
            else "keyword"
            if keyword_only
            else "positional",
            None if default is None else self.read(default),
            None if default is None else self.text(default),
            None if annotation is None else self.read(annotation),
            None if annotation is None else self.text(annotation),
        )

    def pattern_names(self, node: Node) -> list[s.Name]:
        """The names that a `case` pattern may bind."""
        found: list[s.Name] = []
        waiting = [node]
        while waiting and len(found) < 200:
            current = waiting.pop()
            if current.type == "identifier":
                found.append(s.Name(*self.span(current), self.text(current)))
            waiting.extend(current.named_children)
        return found


def _first(node: Node) -> Node | None:
    return node.named_child(0) if node.named_child_count else None


def comments_aside(node: Node) -> list[Node]:
    """The named children that are no comments."""
    return [child for child in node.named_children if child.type != "comment"]


_CONSTANTS: dict[str, s.ConstantKind] = {
    "integer": "integer",
    "float": "float",
    "true": "boolean",
    "false": "boolean",
    "none": "none",
    "ellipsis": "other",
}
_DISPLAYS: dict[str, s.DisplayKind] = {
    "list": "list",
    "tuple": "tuple",
    "set": "set",
    "expression_list": "tuple",
    "pattern_list": "tuple",
    "tuple_pattern": "tuple",
    "list_pattern": "list",
}
_COMPREHENSIONS: dict[str, s.ComprehensionKind] = {
    "list_comprehension": "list",
    "set_comprehension": "set",
    "dictionary_comprehension": "dict",
    "generator_expression": "generator",
}
_Maker = Callable[[ExpressionReader, Node], s.Expression]
_MAKERS: dict[str, _Maker] = {
    "attribute": ExpressionReader.attribute,
    "call": ExpressionReader.call,
    "subscript": ExpressionReader.subscript,
    "string": ExpressionReader.string,
    "concatenated_string": ExpressionReader.concatenated,
    "dictionary": ExpressionReader.dictionary,
    "await": ExpressionReader.await_,
    "binary_operator": ExpressionReader.binary,
    "boolean_operator": ExpressionReader.boolean,
    "not_operator": ExpressionReader.boolean,
    "comparison_operator": ExpressionReader.compare,
    "conditional_expression": ExpressionReader.conditional,
    "lambda": ExpressionReader.lambda_,
    "named_expression": ExpressionReader.walrus,
    "parenthesized_expression": ExpressionReader.inside,
    "type": ExpressionReader.inside,
    "as_pattern_target": ExpressionReader.inside,
    "list_splat": ExpressionReader.starred,
    "list_splat_pattern": ExpressionReader.starred,
    "dictionary_splat": ExpressionReader.starred,
    **dict.fromkeys(_CONSTANTS, ExpressionReader.constant),
    **dict.fromkeys(_DISPLAYS, ExpressionReader.display),
    **dict.fromkeys(_COMPREHENSIONS, ExpressionReader.comprehension),
}
