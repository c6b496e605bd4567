"""Reads a stretch's tree into syntax nodes, taking over statements whose text did not change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tree_sitter import Node

from dspy_language_server.signature.model import Span
from dspy_language_server.source import syntax as s
from dspy_language_server.source.expression_reader import ExpressionReader, comments_aside
from dspy_language_server.source.literals import StringLiteral
from dspy_language_server.source.stretch import Stretch

_DEEPEST_BLOCK = 40


@dataclass(slots=True)
class Module:
    """A stretch's statements, and every statement within it by its text."""

    body: s.Block
    known: dict[bytes, s.Statement] = field(default_factory=dict)


def read_stretch(stretch: Stretch) -> Module:
    """The syntax of a stretch, made once."""
    made = stretch.syntax
    if isinstance(made, Module):
        return made
    former: dict[bytes, s.Statement] = {}
    for seed in stretch.seeds:
        if isinstance(seed.syntax, Module):
            former.update(seed.syntax.known)
    stretch.seeds = []
    module = _Reader(stretch, former).module()
    stretch.syntax = module
    return module


class _Reader:
    """Reads the statements of one stretch."""

    def __init__(self, stretch: Stretch, former: dict[bytes, s.Statement]) -> None:
        self._stretch = stretch
        self._source = stretch.source
        self._former = former
        self._known: dict[bytes, s.Statement] = {}
        self._depth = 0
        self._plain = stretch.is_ascii and not stretch.insertions
        self._offset = stretch.offset

    def module(self) -> Module:
        root = self._stretch.tree.root_node
        return Module(self._block(root, 0), self._known)

    def _block(self, node: Node, base: int) -> s.Block:
        """The statements of a block, placed from `base`, an offset of the stretch."""
        self._depth += 1
        try:
            if self._depth > _DEEPEST_BLOCK:
                return ()
            placed: list[s.Placed] = []
            for child in node.named_children:
                if child.type == "comment":
                    continue
                if child.type in {"ERROR", "block"}:
                    # What could not be read still holds statements and calls.
                    placed += self._block(child, base)
                    continue
                start = child.start_byte if self._plain else self._offset(child.start_byte)
                placed.append(s.Placed(start - base, self._statement(child, start)))
            return tuple(placed)
        finally:
            self._depth -= 1

    def _statement(self, node: Node, start: int) -> s.Statement:
        text = self._source[node.start_byte : node.end_byte]
        end = node.end_byte if self._plain else self._offset(node.end_byte)
        # What does not parse may be read otherwise in another place, though its text is the same.
        # Within an error the same text may be read in another way elsewhere.
        reusable = (
            node.type in _MAKERS
            and not node.has_error
            and not self._stretch.insertions.touch(start, end)
        )
        if reusable:
            found = self._known.get(text) or self._former.get(text)
            if found is not None:
                self._remember(text, found)
                return found
        made = self._make(node, start, end - start)
        if reusable:
            self._known[text] = made
        return made

    def _remember(self, text: bytes, statement: s.Statement) -> None:
        """Keeps a statement that was taken over, with those inside it."""
        if text in self._known:
            return
        self._known[text] = statement
        if any(statement.blocks()):
            self._inherit(text, statement)

    def _inherit(self, text: bytes, statement: s.Statement) -> None:
        # Offsets within a statement are characters; bytes only where both are the same.
        if not text.isascii():
            return
        for block in statement.blocks():
            for offset, inner in block:
                part = text[offset : offset + inner.length]
                if part in self._former:
                    self._remember(part, inner)

    def _make(self, node: Node, start: int, length: int) -> s.Statement:
        reader = ExpressionReader(self._stretch, start)
        maker = _MAKERS.get(node.type)
        if maker is None:
            return s.Evaluate(length, "other", (reader.read(node),))
        return maker(self, node, reader, start, length)

    # ------------------------------------------------------------------ kinds of statement

    def expression(
        self, node: Node, reader: ExpressionReader, start: int, length: int
    ) -> s.Statement:
        del start
        inner = comments_aside(node)
        if len(inner) == 1:
            only = inner[0]
            if only.type == "assignment":
                return _assignment(only, reader, length)
            if only.type == "augmented_assignment":
                left = only.child_by_field_name("left")
                right = only.child_by_field_name("right")
                targets = () if left is None else (reader.read(left),)
                value = None if right is None else reader.read(right)
                return s.Assign(length, targets, value, None, None, augmented=True)
        return s.Evaluate(length, "expression", tuple(reader.read(each) for each in inner))

    def imports(self, node: Node, reader: ExpressionReader, start: int, length: int) -> s.Statement:
        del start
        names: list[s.ImportedName] = []
        for child in node.children_by_field_name("name"):
            target, alias = _aliased(child)
            span = reader.span(target)
            bound = span
            if alias is not None:
                bound = reader.span(alias)
            else:
                head = reader.text(target).split(".")[0].strip()
                bound = Span(span.start, span.start + len(head))
            module = _dotted(reader.text(target))
            alias_text = None if alias is None else reader.text(alias)
            names.append(s.ImportedName(module, 0, None, alias_text, bound, span, span))
        return s.Import(length, tuple(names))

    def imports_from(
        self, node: Node, reader: ExpressionReader, start: int, length: int
    ) -> s.Statement:
        del start
        where = node.child_by_field_name("module_name")
        written = "" if where is None else _dotted(reader.text(where))
        module = written.lstrip(".")
        level = len(written) - len(module)
        module_span = Span(0, 0) if where is None else reader.span(where)
        names: list[s.ImportedName] = []
        for child in node.children_by_field_name("name"):
            target, alias = _aliased(child)
            span = reader.span(target)
            name = _dotted(reader.text(target))
            alias_text = None if alias is None else reader.text(alias)
            bound = span if alias is None else reader.span(alias)
            names.append(s.ImportedName(module, level, name, alias_text, bound, span, module_span))
        for child in node.named_children:
            if child.type == "wildcard_import":
                span = reader.span(child)
                names.append(s.ImportedName(module, level, "*", None, span, span, module_span))
        return s.Import(length, tuple(names))

    def decorated(
        self, node: Node, reader: ExpressionReader, start: int, length: int
    ) -> s.Statement:
        decorators = tuple(
            reader.read(inner)
            for child in node.named_children
            if child.type == "decorator"
            for inner in comments_aside(child)
        )
        definition = node.child_by_field_name("definition")
        if definition is None:
            return s.Evaluate(length, "other", decorators)
        if definition.type == "class_definition":
            return self._class(definition, reader, start, length, decorators)
        return self._function(definition, reader, start, length, decorators)

    def class_(self, node: Node, reader: ExpressionReader, start: int, length: int) -> s.Statement:
        return self._class(node, reader, start, length, ())

    def _class(
        self,
        node: Node,
        reader: ExpressionReader,
        start: int,
        length: int,
        decorators: tuple[s.Expression, ...],
    ) -> s.Statement:
        name = node.child_by_field_name("name")
        bases = node.child_by_field_name("superclasses")
        body = self._body(node, start)
        parameters = node.child_by_field_name("type_parameters")
        return s.Class(
            length,
            "" if name is None else reader.text(name),
            Span(0, 0) if name is None else reader.span(name),
            () if bases is None else reader.arguments(bases)[0],
            decorators,
            body,
            _docstring(body),
            0 if parameters is None else parameters.named_child_count,
        )

    def function(
        self, node: Node, reader: ExpressionReader, start: int, length: int
    ) -> s.Statement:
        return self._function(node, reader, start, length, ())

    def _function(
        self,
        node: Node,
        reader: ExpressionReader,
        start: int,
        length: int,
        decorators: tuple[s.Expression, ...],
    ) -> s.Statement:
        name = node.child_by_field_name("name")
        parameters = node.child_by_field_name("parameters")
        returns = node.child_by_field_name("return_type")
        body = self._body(node, start)
        first = node.children[0] if node.child_count else None
        return s.Function(
            length,
            "" if name is None else reader.text(name),
            Span(0, 0) if name is None else reader.span(name),
            () if parameters is None else reader.parameters(parameters),
            decorators,
            None if returns is None else reader.read(returns),
            None if returns is None else reader.text(returns),
            body,
            _docstring(body),
            first is not None and first.type == "async",
        )

    def _body(self, node: Node, start: int, name: str = "body") -> s.Block:
        body = node.child_by_field_name(name)
        return () if body is None else self._block(body, start)

    def if_(self, node: Node, reader: ExpressionReader, start: int, length: int) -> s.Statement:
        test = node.child_by_field_name("condition")
        other: s.Block = ()
        for clause in reversed(node.children_by_field_name("alternative")):
            if clause.type == "else_clause":
                other = self._body(clause, start)
                continue
            condition = clause.child_by_field_name("condition")
            made = s.If(
                length,
                reader.nothing(clause) if condition is None else reader.read(condition),
                self._body(clause, start, "consequence"),
                other,
            )
            # Its expressions count from the `if`, like those of the `if` itself.
            other = (s.Placed(0, made),)
        return s.If(
            length,
            reader.nothing(node) if test is None else reader.read(test),
            self._body(node, start, "consequence"),
            other,
        )

    def for_(self, node: Node, reader: ExpressionReader, start: int, length: int) -> s.Statement:
        left = node.child_by_field_name("left")
        right = node.child_by_field_name("right")
        other = node.child_by_field_name("alternative")
        return s.For(
            length,
            reader.nothing(node) if left is None else reader.read(left),
            reader.nothing(node) if right is None else reader.read(right),
            self._body(node, start),
            () if other is None else self._body(other, start),
        )

    def while_(self, node: Node, reader: ExpressionReader, start: int, length: int) -> s.Statement:
        test = node.child_by_field_name("condition")
        other = node.child_by_field_name("alternative")
        return s.While(
            length,
            reader.nothing(node) if test is None else reader.read(test),
            self._body(node, start),
            () if other is None else self._body(other, start),
        )

    def with_(self, node: Node, reader: ExpressionReader, start: int, length: int) -> s.Statement:
        items: list[tuple[s.Expression, s.Expression | None]] = []
        for clause in node.named_children:
            if clause.type != "with_clause":
                continue
            for item in clause.named_children:
                value = item.child_by_field_name("value")
                if value is None:
                    continue
                alias = value.child_by_field_name("alias") if value.type == "as_pattern" else None
                first = value.named_children[0] if alias is not None else value
                target = None if alias is None else reader.read(alias)
                items.append((reader.read(first), target))
        return s.With(length, tuple(items), self._body(node, start))

    def try_(self, node: Node, reader: ExpressionReader, start: int, length: int) -> s.Statement:
        handlers: list[s.Handler] = []
        other: s.Block = ()
        final: s.Block = ()
        for clause in node.named_children:
            if clause.type in {"except_clause", "except_group_clause"}:
                handlers.append(self._handler(clause, reader, start))
            elif clause.type == "else_clause":
                other = self._body(clause, start)
            elif clause.type == "finally_clause":
                final = self._first_block(clause, start)
        return s.Try(length, self._body(node, start), tuple(handlers), other, final)

    def _handler(self, node: Node, reader: ExpressionReader, start: int) -> s.Handler:
        value = node.child_by_field_name("value")
        name = node.child_by_field_name("alias")
        if value is not None and value.type == "as_pattern":
            name = value.child_by_field_name("alias")
            value = value.named_children[0]
        return s.Handler(
            None if value is None else reader.read(value),
            None if name is None else reader.read(name),
            self._first_block(node, start),
        )

    def _first_block(self, node: Node, start: int) -> s.Block:
        for child in node.named_children:
            if child.type == "block":
                return self._block(child, start)
        return ()

    def match_(self, node: Node, reader: ExpressionReader, start: int, length: int) -> s.Statement:
        subject = node.child_by_field_name("subject")
        cases: list[tuple[tuple[s.Name, ...], tuple[s.Expression, ...], s.Block]] = []
        body = node.child_by_field_name("body")
        for case in [] if body is None else body.named_children:
            if case.type != "case_clause":
                continue
            names: list[s.Name] = []
            for pattern in case.named_children:
                if pattern.type == "case_pattern":
                    names += reader.pattern_names(pattern)
            guard = case.child_by_field_name("guard")
            guards = () if guard is None else tuple(reader.read(g) for g in comments_aside(guard))
            cases.append((tuple(names), guards, self._body(case, start, "consequence")))
        found = reader.nothing(node) if subject is None else reader.read(subject)
        return s.Match(length, found, tuple(cases))

    def return_(self, node: Node, reader: ExpressionReader, start: int, length: int) -> s.Statement:
        del start
        inner = comments_aside(node)
        return s.Return(length, reader.read(inner[0]) if inner else None)

    def simple(self, node: Node, reader: ExpressionReader, start: int, length: int) -> s.Statement:
        del start
        kind = _SIMPLE.get(node.type, "other")
        return s.Evaluate(length, kind, tuple(reader.read(each) for each in comments_aside(node)))

    def scope(self, node: Node, reader: ExpressionReader, start: int, length: int) -> s.Statement:
        del start
        kind = "global" if node.type == "global_statement" else "nonlocal"
        names = tuple(reader.text(each) for each in comments_aside(node))
        return s.ScopeDeclaration(length, "global" if kind == "global" else "nonlocal", names)

    def type_alias(
        self, node: Node, reader: ExpressionReader, start: int, length: int
    ) -> s.Statement:
        del start
        left = node.child_by_field_name("left")
        right = node.child_by_field_name("right")
        return s.TypeAlias(
            length,
            reader.nothing(node) if left is None else reader.read(left),
            reader.nothing(node) if right is None else reader.read(right),
            "" if right is None else reader.text(right),
        )


_Maker = Callable[[_Reader, Node, ExpressionReader, int, int], s.Statement]
_MAKERS: dict[str, _Maker] = {
    "expression_statement": _Reader.expression,
    "import_statement": _Reader.imports,
    "import_from_statement": _Reader.imports_from,
    "future_import_statement": _Reader.simple,
    "decorated_definition": _Reader.decorated,
    "class_definition": _Reader.class_,
    "function_definition": _Reader.function,
    "if_statement": _Reader.if_,
    "for_statement": _Reader.for_,
    "while_statement": _Reader.while_,
    "with_statement": _Reader.with_,
    "try_statement": _Reader.try_,
    "match_statement": _Reader.match_,
    "return_statement": _Reader.return_,
    "raise_statement": _Reader.simple,
    "assert_statement": _Reader.simple,
    "delete_statement": _Reader.simple,
    "print_statement": _Reader.simple,
    "global_statement": _Reader.scope,
    "nonlocal_statement": _Reader.scope,
    "type_alias_statement": _Reader.type_alias,
}
_SIMPLE: dict[str, s.EvaluateKind] = {
    "raise_statement": "raise",
    "assert_statement": "assert",
    "delete_statement": "delete",
}


def _assignment(node: Node, reader: ExpressionReader, length: int) -> s.Statement:
    targets: list[s.Expression] = []
    annotation = None
    current: Node | None = node
    value: Node | None = None
    while current is not None and current.type == "assignment":
        left = current.child_by_field_name("left")
        if left is not None:
            targets.append(reader.read(left))
        annotation = annotation or current.child_by_field_name("type")
        value = current.child_by_field_name("right")
        current = value
    return s.Assign(
        length,
        tuple(targets),
        None if value is None else reader.read(value),
        None if annotation is None else reader.read(annotation),
        None if annotation is None else reader.text(annotation),
        augmented=False,
    )


def _aliased(node: Node) -> tuple[Node, Node | None]:
    if node.type == "aliased_import":
        name = node.child_by_field_name("name")
        return name or node, node.child_by_field_name("alias")
    return node, None


def _dotted(text: str) -> str:
    return "".join(text.split())


def _docstring(body: s.Block) -> StringLiteral | None:
    if body and isinstance(body[0].statement, s.Evaluate):
        values = body[0].statement.values
        if len(values) == 1 and isinstance(values[0], s.String):
            return values[0].literal
    return None
