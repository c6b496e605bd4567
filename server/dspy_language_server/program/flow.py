"""Reads statements from top to bottom and keeps what each name is bound to along the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dspy_language_server.program import definitions, members
from dspy_language_server.program.evaluator import (
    bind_pattern,
    evaluate,
    is_self,
    key_place,
    note_demo,
    note_name,
    note_use,
    rebind,
)
from dspy_language_server.program.frame import Frame
from dspy_language_server.program.model import (
    UNKNOWN,
    ExampleValue,
    InstanceValue,
    MappingValue,
    Predictor,
    PredictorValue,
    SequenceValue,
    TypeValue,
    Value,
    walk_values,
)
from dspy_language_server.program.scopes import FrameScope, is_type_expression
from dspy_language_server.program.summary import bound_in, bound_name, summarize
from dspy_language_server.program.values import element
from dspy_language_server.signature.model import Span
from dspy_language_server.source import syntax as s

_MISSING = frozenset({"AttributeError", "KeyError", "Exception", "BaseException", "LookupError"})


def run(frame: Frame, block: s.Block, base: int) -> None:
    """Reads the statements of a block whose parent begins at `base`."""
    for offset, statement in block:
        start = base + offset
        frame.begin(start)
        reader = _READERS.get(type(statement))
        if reader is not None:
            reader(frame, statement, start)


# ------------------------------------------------------------------------------ binding


def _assign(frame: Frame, statement: s.Assign, start: int) -> None:
    del start
    if statement.annotation is not None and not isinstance(statement.annotation, s.String):
        evaluate(frame, statement.annotation)
    if statement.value is None:
        return
    value = evaluate(frame, statement.value)
    if statement.augmented:
        value = _augmented(frame, statement, value)
    elif not value.known and is_type_expression(statement.value):
        text = frame.analysis.text_of(frame.anchor, frame.span(statement.value))
        value = TypeValue(text, FrameScope(frame))
    for target in statement.targets:
        assign(frame, target, value, statement.value)


def _augmented(frame: Frame, statement: s.Assign, value: Value) -> Value:
    """`names += [...]` grows a list; anything else is not followed."""
    target = statement.targets[0] if statement.targets else None
    if target is None:
        return UNKNOWN
    before = evaluate(frame, target)
    if isinstance(before, SequenceValue) and isinstance(value, SequenceValue):
        if before.items is not None and value.items is not None:
            return SequenceValue(before.kind, before.items + value.items)
        return SequenceValue(before.kind, None, element(value))
    return UNKNOWN


def assign(frame: Frame, target: s.Expression, value: Value, source: s.Expression | None) -> None:
    """Binds a target: a name, `self.x`, an item, or several of them."""
    if isinstance(target, s.Name):
        _name_it(frame, value, target.id, target.span, source)
        bind_pattern(frame, target, value)
    elif isinstance(target, s.Display):
        bind_pattern(frame, target, value)
        for item in target.items:
            if isinstance(item, s.Attribute | s.Subscript):
                assign(frame, item, _part(value, target, item), None)
    elif isinstance(target, s.Attribute):
        _assign_attribute(frame, target, value, source)
    elif isinstance(target, s.Subscript):
        _assign_item(frame, target, value, source)


def _part(value: Value, target: s.Display, item: s.Expression) -> Value:
    if isinstance(value, SequenceValue) and value.items is not None:
        index = target.items.index(item)
        if len(value.items) == len(target.items):
            return value.items[index]
    return UNKNOWN


def _name_it(
    frame: Frame, value: Value, name: str, span: Span, source: s.Expression | None
) -> None:
    """A predictor that is constructed by this statement gets its name from it."""
    if not isinstance(value, PredictorValue) or not isinstance(source, s.Call):
        return
    predictor = value.predictor
    made_here = predictor.anchor is frame.anchor and predictor.relative == frame.span(source)
    if predictor.name is None and made_here:
        predictor.name = name
        predictor.name_relative = frame.span(span)
        predictor.owner = frame.self_class if name.startswith("self.") else None


def _assign_attribute(
    frame: Frame, target: s.Attribute, value: Value, source: s.Expression | None
) -> None:
    if is_self(frame, target.value):
        assert isinstance(target.value, s.Name)
        _name_it(frame, value, f"self.{target.name}", target.name_span, source)
        frame.self_attributes[target.name] = value
        note_name(
            frame,
            target.name_span,
            target.name,
            value,
            binding=True,
            receiver=frame.env[target.value.id],
        )
        return
    receiver = evaluate(frame, target.value)
    if members.is_field(receiver, target.name):
        note_use(frame, receiver, target.name, target.name_span, "attribute", stored=True)
    elif isinstance(receiver, PredictorValue):
        # `predictor.signature = …`: from here on its fields are not known.
        inner = target.value
        if isinstance(inner, s.Attribute) and inner.name == "predict":
            inner = inner.value
        if target.name == "signature":
            rebind(frame, inner, UNKNOWN)
        elif target.name == "demos":
            _note_demos(frame, receiver.predictor, value)
    elif isinstance(receiver, InstanceValue):
        rebind(frame, target, value)


def _note_demos(frame: Frame, predictor: Predictor, value: Value) -> None:
    """`qa.demos = [{"question": …}, dspy.Example(question=…)]` names the predictor's fields."""
    for demo in walk_values(value):
        if isinstance(demo, MappingValue):
            for name, place in demo.places.items():
                note_demo(frame, predictor, name, place.key, place.anchor)
        elif isinstance(demo, ExampleValue):
            for name, argument in demo.example.fields.items():
                if argument.name_relative is not None:
                    note_demo(frame, predictor, name, argument.name_relative, argument.anchor)


def _assign_item(
    frame: Frame, target: s.Subscript, value: Value, source: s.Expression | None
) -> None:
    receiver = evaluate(frame, target.value)
    index = target.indices[0] if len(target.indices) == 1 else None
    key = index.literal if isinstance(index, s.String) else None
    if members.has_items(receiver) and key is not None:
        span = key.source_span(Span(0, len(key.value)))
        note_use(frame, receiver, key.value, span, "item", stored=True)
    elif isinstance(receiver, MappingValue):
        made = MappingValue(
            dict(receiver.items),
            receiver.complete and key is not None,
            dict(receiver.places),
        )
        if key is not None:
            made.items[key.value] = value
            made.places.pop(key.value, None)
            if source is not None:
                made.places[key.value] = key_place(frame, key, source)
        rebind(frame, target.value, made)
    elif isinstance(receiver, SequenceValue):
        rebind(frame, target.value, SequenceValue(receiver.kind, None))


def _import(frame: Frame, statement: s.Import, start: int) -> None:
    del start
    for imported in statement.names:
        value = frame.analysis.imported(imported)
        name = bound_name(imported)
        if name == "*":
            continue
        frame.bind(name, value)
        note_name(frame, imported.span, name, value, binding=True)


def _type_alias(frame: Frame, statement: s.TypeAlias, start: int) -> None:
    del start
    evaluate(frame, statement.value)
    if isinstance(statement.name, s.Name):
        frame.bind(statement.name.id, UNKNOWN)


# ------------------------------------------------------------------------------- branches


def _evaluate(frame: Frame, statement: s.Evaluate, start: int) -> None:
    del start
    for value in statement.values:
        evaluate(frame, value)
    if statement.kind == "raise":
        frame.dead = True
    elif statement.kind == "delete":
        for value in statement.values:
            if isinstance(value, s.Name):
                frame.env.pop(value.id, None)


def _return(frame: Frame, statement: s.Return, start: int) -> None:
    del start
    value = UNKNOWN if statement.value is None else evaluate(frame, statement.value)
    if statement.value is not None and not frame.dead:
        frame.returned.append(value)
    frame.dead = True


def _if(frame: Frame, statement: s.If, start: int) -> None:
    evaluate(frame, statement.test)
    before = frame.fork()
    run(frame, statement.body, start)
    after = frame.fork()
    frame.restore(before)
    run(frame, statement.other, start)
    frame.join([after, frame.fork()])


def _loop(
    frame: Frame, body: s.Block, other: s.Block, start: int, enter: Callable[[], None]
) -> None:
    """A loop's body may see what its last round left: it is read twice where that can matter."""
    before = frame.fork()
    rebound = bound_in(body) & set(frame.env)
    if rebound or any(summarize(inner).self_stores or summarize(inner).grows for _, inner in body):
        recording, returned = frame.recording, list(frame.returned)
        frame.recording = False
        enter()
        run(frame, body, start)
        frame.recording, frame.returned = recording, returned
        frame.join([before, frame.fork()])
    frame.begin(start)
    enter()
    run(frame, body, start)
    frame.join([before, frame.fork()])
    run(frame, other, start)


def _for(frame: Frame, statement: s.For, start: int) -> None:
    iterated = evaluate(frame, statement.iterable)
    item = element(iterated) if isinstance(iterated, SequenceValue) else UNKNOWN
    _loop(
        frame,
        statement.body,
        statement.other,
        start,
        lambda: assign(frame, statement.target, item, None),
    )


def _while(frame: Frame, statement: s.While, start: int) -> None:
    _loop(
        frame,
        statement.body,
        statement.other,
        start,
        lambda: _ignore(evaluate(frame, statement.test)),
    )


def _ignore(value: Value) -> None:
    del value


def _with(frame: Frame, statement: s.With, start: int) -> None:
    for value, target in statement.items:
        evaluate(frame, value)
        if target is not None:
            assign(frame, target, UNKNOWN, None)
    run(frame, statement.body, start)


def _try(frame: Frame, statement: s.Try, start: int) -> None:
    before = frame.fork()
    catching = any(_catches_missing(handler.type) for handler in statement.handlers)
    frame.guarded += catching
    run(frame, statement.body, start)
    frame.guarded -= catching
    run(frame, statement.other, start)
    after = frame.fork()
    ends = [after]
    for handler in statement.handlers:
        # The body may have stopped anywhere.
        frame.join([before, (after[0], after[1], False)])
        frame.begin(start)
        if handler.type is not None:
            evaluate(frame, handler.type)
        if handler.name is not None:
            bind_pattern(frame, handler.name, UNKNOWN)
        run(frame, handler.body, start)
        ends.append(frame.fork())
    if _imports(statement.body):
        # `try: import …`: the first choice is what the program is written for.
        frame.restore(after)
        for name, value in _missing(after[0], ends):
            frame.env[name] = value
    else:
        frame.join(ends)
    run(frame, statement.final, start)


def _imports(block: s.Block) -> bool:
    return any(isinstance(statement, s.Import) for _, statement in block)


def _missing(
    env: dict[str, Value], ends: list[tuple[dict[str, Value], dict[str, Value], bool]]
) -> list[tuple[str, Value]]:
    """What only a handler binds, or binds to something better known."""
    return [
        (name, value)
        for end in ends[1:]
        for name, value in end[0].items()
        if name not in env or (not env[name].known and value.known)
    ]


def _catches_missing(type_: s.Expression | None) -> bool:
    """Whether a handler catches a missing attribute or key."""
    if type_ is None:
        return True
    names = type_.items if isinstance(type_, s.Display) else (type_,)
    return any(isinstance(name, s.Name) and name.id in _MISSING for name in names)


def _match(frame: Frame, statement: s.Match, start: int) -> None:
    evaluate(frame, statement.subject)
    before = frame.fork()
    ends = [before]
    for names, guards, body in statement.cases:
        frame.restore(before)
        frame.begin(start)
        for name in names:
            frame.bind(name.id, UNKNOWN)
        for guard in guards:
            evaluate(frame, guard)
        run(frame, body, start)
        ends.append(frame.fork())
    frame.join(ends)


# ---------------------------------------------------------------------------- definitions


def _class(frame: Frame, statement: s.Class, start: int) -> None:
    definitions.define_class(frame, statement, start, run)


def _function(frame: Frame, statement: s.Function, start: int) -> None:
    definitions.define_function(frame, statement, start)


_READERS: dict[type[s.Statement], Callable[[Frame, Any, int], None]] = {
    s.Assign: _assign,
    s.Evaluate: _evaluate,
    s.Import: _import,
    s.Return: _return,
    s.Class: _class,
    s.Function: _function,
    s.If: _if,
    s.For: _for,
    s.While: _while,
    s.With: _with,
    s.Try: _try,
    s.Match: _match,
    s.TypeAlias: _type_alias,
}
