"""The bodies of functions, read once and when needed: what they return, what they assign to `self`."""

from __future__ import annotations

from dspy_language_server.program.definitions import Body, ClassSource, FunctionSource
from dspy_language_server.program.evaluator import evaluate, note_name
from dspy_language_server.program.flow import run
from dspy_language_server.program.frame import Frame
from dspy_language_server.program.model import (
    UNKNOWN,
    ClassDefinition,
    ClassValue,
    Function,
    FunctionValue,
    InstanceValue,
    Outputs,
    ParameterValue,
    PredictionValue,
    Unit,
    Value,
)
from dspy_language_server.program.summary import bound_in, summarize
from dspy_language_server.program.values import is_none, merge, merge_all
from dspy_language_server.source import syntax as s

CLEAN = 1 << 30
_DEEPEST = 24
_CONSTRUCTORS = frozenset({"__init__", "__new__", "__post_init__"})


def body(function: Function) -> Body:
    """A function's body, read once.

    Functions that call each other in a circle return something unknown, all of them, so that it
    does not matter which was asked for first. While the outermost of them is being read, whoever
    asks for one of the others belongs to the circle too.
    """
    source: FunctionSource = function.source
    host = source.frame.analysis.host
    active = host.active
    known = source.body
    if known is not None:
        if known.circle in active:
            host.taint = min(host.taint, active.index(known.circle))
        return known
    if source in active or len(active) >= _DEEPEST:
        host.taint = min(host.taint, active.index(source) if source in active else 0)
        return Body(Unit(source.anchor, source.statement.length), {}, UNKNOWN)
    outer, host.taint = host.taint, CLEAN
    depth = len(active)
    active.append(source)
    try:
        made = _read(function, source)
        met = host.taint
        if met <= depth:
            made.returned = UNKNOWN
            made.circle = active[met]
    finally:
        active.pop()
        host.taint = min(outer, host.taint if host.taint < depth else CLEAN)
    source.body = made
    if met <= depth:
        _keep_provisionally(source, active, met)
    return made


def _keep_provisionally(source: FunctionSource, active: list[object], met: int) -> None:
    """A circle that leads through module-level code is read again when that code is known."""
    for each in active[met:]:
        provisional = getattr(each, "provisional", None)
        if provisional is not None:
            provisional.append(source)
            return


def _read(function: Function, source: FunctionSource) -> Body:
    statement = source.statement
    unit = Unit(source.anchor, statement.length)
    enclosing: Frame | None = source.frame
    while enclosing is not None and (enclosing.is_class or enclosing.moment is not None):
        enclosing = enclosing.parent
    summary = summarize(statement)
    parameters = {p.name for p in statement.parameters}
    frame = Frame(
        source.frame.analysis,
        unit,
        None,
        parent=enclosing,
        qualname=f"{source.qualname}.<locals>",
        local_names=frozenset((bound_in(statement.body) | parameters) - summary.globals),
        self_class=function.owner,
        guards=frozenset(summary.guards),
        sees_instance=not summary.self_stores,
    )
    _bind_parameters(frame, function, source)
    try:
        run(frame, statement.body, 0)
    except RecursionError:
        return Body(Unit(source.anchor, statement.length), {}, UNKNOWN)
    returned = merge_all(frame.returned)
    known = UNKNOWN if isinstance(returned, ParameterValue) else returned
    return Body(unit, frame.self_attributes, known)


def _bind_parameters(frame: Frame, function: Function, source: FunctionSource) -> None:
    given = source.statement.parameters
    for index, parameter in enumerate(given):
        value: Value = UNKNOWN
        if index == 0 and function.owner is not None and not source.is_static:
            if function.name in {"__new__", "__class_getitem__"} or parameter.name == "cls":
                value = ClassValue(function.owner)
            else:
                value = InstanceValue(function.owner)
        elif parameter.annotation is not None:
            value = _of_annotation(frame, parameter.annotation)
        if not value.known and parameter.kind == "positional":
            value = ParameterValue(function, index - (len(given) - len(function.parameters)))
        frame.bind(parameter.name, value)
        note_name(frame, parameter.name_span, parameter.name, value, binding=True)


def _of_annotation(frame: Frame, annotation: s.Expression) -> Value:
    """A parameter that is annotated with a module of the workspace holds one."""
    if not isinstance(annotation, s.Name | s.Attribute):
        return UNKNOWN
    recording, frame.recording = frame.recording, False
    found = evaluate(frame, annotation)
    frame.recording = recording
    if isinstance(found, ClassValue) and found.definition.kind == "module":
        return InstanceValue(found.definition)
    return UNKNOWN


def returned(function: Function) -> Value:
    """What a function returns; unknown for a generator."""
    return body(function).returned


# -------------------------------------------------------------------------------- classes


def _bases(definition: ClassDefinition) -> list[ClassDefinition]:
    return [base.definition for base in definition.bases if isinstance(base, ClassValue)]


def line(definition: ClassDefinition) -> list[ClassDefinition]:
    """The class and its bases in the workspace, in the order in which names are looked up."""
    found: list[ClassDefinition] = []
    waiting = [definition]
    while waiting and len(found) < 50:
        current = waiting.pop(0)
        if current not in found:
            found.append(current)
            waiting = _bases(current) + waiting
    return found


def method(definition: ClassDefinition, name: str) -> Function | None:
    """The method of that name, own or inherited."""
    for each in line(definition):
        if name in each.methods:
            return each.methods[name]
    return None


def class_attribute(definition: ClassDefinition, name: str) -> Value | None:
    """What a class body binds a name to, methods aside."""
    for each in line(definition):
        source: ClassSource = each.source
        found = source.attributes.get(name)
        if found is not None:
            return None if isinstance(found, FunctionValue) else found
    return None


def early_attribute(definition: ClassDefinition, name: str, reader: str) -> Value | None:
    """What `self.name` is while the methods that assign to `self` are read themselves.

    The constructor sees what its bases leave; another method also what the constructor does.
    """
    for base in _bases(definition):
        found = _inherited(base, definition).get(name)
        if found is not None:
            return found
    own = class_attribute(definition, name)
    if own is not None:
        return own
    is_constructor = reader.removesuffix(".<locals>").rpartition(".")[2] in _CONSTRUCTORS
    if is_constructor:
        return None
    return _constructed(definition).get(name)


def _constructed(definition: ClassDefinition) -> dict[str, Value]:
    """What the class's own constructor assigns."""
    found: dict[str, Value] = {}
    for name in ("__init__", "__post_init__"):
        function = definition.methods.get(name)
        if function is not None:
            found.update(body(function).self_attributes)
    return found


def _inherited(base: ClassDefinition, definition: ClassDefinition) -> dict[str, Value]:
    """What each `self.x` is bound to by a base, as far as the subclass leaves it so.

    `self.qa = dspy.Predict(self.signature)` depends on what the subclass calls `signature`.
    """
    own = {name for name in definition.source.attributes if not name.startswith("__")}
    unsure: set[str] = set()
    for each in line(base):
        for function in each.methods.values():
            summary = summarize(function.source.statement)
            if summary.self_stores and summary.mentions & own:
                unsure |= summary.self_stores
    return {n: UNKNOWN if n in unsure else value for n, value in instance(base).items()}


def _depends_on_subclass(function: Function, definition: ClassDefinition) -> bool:
    """Whether an inherited method reads what the class or a base below the method's sets anew."""
    mentions = summarize(function.source.statement).mentions
    for each in line(definition):
        if each is function.owner:
            return False
        own = {name for name in each.source.attributes if not name.startswith("__")}
        for other in each.methods.values():
            own |= summarize(other.source.statement).self_stores
        if own & mentions:
            return True
    return False


def _finds_others(function: Function, definition: ClassDefinition) -> bool:
    """Whether an inherited method finds another attribute in the class than in its own.

    `self.step = dspy.Predict(self.signature)` is another one where the class has its own `signature`.
    """
    owner = function.owner
    if owner is None or owner is definition:
        return False
    mentions = summarize(function.source.statement).mentions
    there, here = instance(owner), instance(definition)
    return any(here.get(name) is not there.get(name) for name in mentions & there.keys())


def instance(definition: ClassDefinition) -> dict[str, Value]:
    """What each `self.x` is bound to, in the class and its bases."""
    source: ClassSource = definition.source
    if source.instance is not None:
        return source.instance
    host = source.frame.analysis.host
    outer, host.taint = host.taint, CLEAN
    found: dict[str, Value] = {}
    for base in reversed(_bases(definition)):
        found.update(_inherited(base, definition))
    found.update(
        {
            name: value
            for name, value in source.attributes.items()
            if not isinstance(value, FunctionValue)
        }
    )
    found.update(_constructed(definition))
    for function in definition.methods.values():
        if function.name in _CONSTRUCTORS:
            continue
        stored = summarize(function.source.statement).self_stores
        if stored:
            assigned = body(function).self_attributes
            for name in stored:
                value = assigned.get(name, UNKNOWN)
                known = found.get(name)
                found[name] = value if known is None or is_none(known) else merge(known, value)
    if host.taint == CLEAN:
        source.instance = found
    host.taint = min(outer, host.taint)
    return found


def forwarded(definition: ClassDefinition) -> Value:
    """What calling a module gives: what its forward returns."""
    function = method(definition, "forward") or method(definition, "aforward")
    if function is None:
        return UNKNOWN
    if _depends_on_subclass(function, definition) or _finds_others(function, definition):
        return UNKNOWN
    value = body(function).returned
    if isinstance(value, PredictionValue):
        made = value.outputs
        return PredictionValue(
            Outputs(made.fields, made.complete, made.predictor, definition, made.others)
        )
    return value
