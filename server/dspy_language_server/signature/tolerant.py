"""Reads a string that DSPy cannot parse, most often because it is being typed: intact fields stay, problems are local."""

import keyword
import re
from typing import NamedTuple

from dspy_language_server.signature import checks
from dspy_language_server.signature.arrows import arrow_problem, before_blank, find_arrow, no_arrow
from dspy_language_server.signature.dialect import Dialect
from dspy_language_server.signature.model import Edit, Field, Fix, Problem, Reading, Role, Span
from dspy_language_server.signature.scope import Scope
from dspy_language_server.signature.sides import Broken, Piece, Side, read_side
from dspy_language_server.signature.typereader import (
    annotation,
    read_string_type,
    too_deep,
)
from dspy_language_server.signature.values import BUILTIN_TYPES

_MAX_ELEMENTS = 2000


def read(
    text: str, dialect: Dialect, scope: Scope, callee: str, first: int, broken: Broken | None = None
) -> Reading:
    """Reads as much as there is; see the module."""
    if broken is not None and broken.too_complex:
        return _too_complex(text, first)
    if len(text) > 20_000 or too_deep(text):
        problem = (
            _syntax(Span(0, len(text)), broken)
            if broken is not None
            else arrow_problem(text, first, None, dialect)
            if first >= 0
            else no_arrow(text, ())
        )
        return Reading(text, (), (), None, (problem,), accepted=False, complete=False)
    problems: list[Problem] = []
    arrow: Span | None
    if broken is not None:
        arrow = Span(first, first + 2)
        sides = ((0, first), (first + 2, len(text)))
    else:
        arrow = find_arrow(text, first, dialect)
        if first >= 0 or arrow is not None:
            problems.append(arrow_problem(text, first, arrow, dialect))
        sides = (
            ((0, arrow.start), (arrow.end, len(text)))
            if arrow
            else ((0, len(text)), (len(text), len(text)))
        )
    reader = _Tolerant(text, dialect, scope, callee, problems)
    inputs = reader.side(*sides[0], Role.INPUT)
    outputs = reader.side(*sides[1], Role.OUTPUT)
    if broken is None and arrow is None:
        problems.insert(0, no_arrow(text, inputs if not problems else ()))
    if broken is not None and not any(problem.code == "DSP102" for problem in problems):
        fixes = reader.without_defaults()
        problems.append(_syntax(_near(text, broken.offset, sides), broken, fixes))
    problems = checks.to_the_end(problems, text)
    is_arrow = arrow is not None and text[arrow.start : arrow.end] == "->"
    return Reading(
        text,
        inputs,
        outputs,
        arrow if is_arrow else None,
        tuple(problems),
        accepted=False,
        complete=False,
    )


def _too_complex(text: str, first: int) -> Reading:
    span = Span(0, len(text))
    message = "The signature is nested too deeply or too long for Python's parser, and DSPy raises. Use a class signature."
    return Reading(
        text,
        (),
        (),
        Span(first, first + 2),
        (checks.problem("DSP113", message, span),),
        accepted=False,
        complete=False,
    )


def _near(text: str, offset: int | None, sides: tuple[tuple[int, int], ...]) -> Span:
    if offset is None:
        return Span(0, len(text))
    for start, end in sides:
        if start <= offset <= end:
            begin = text.rfind(",", start, offset) + 1 or start
            stop = text.find(",", offset, end)
            return Span(begin, stop if stop >= 0 else end)
    return Span(0, len(text))


def _syntax(span: Span, broken: Broken, fixes: tuple[Fix, ...] = ()) -> Problem:
    return checks.problem("DSP102", f"Python cannot read this as fields ({broken.message}): DSPy raises SyntaxError. "
                          "Write names separated by commas, each with a type if you like: `question, score: float`.", span, fixes)  # fmt: skip


def _open_comment(span: Span, text: str) -> Problem:
    before = before_blank(text, span.start)
    return checks.problem(
        "DSP102", "A `#` begins a comment that takes in what DSPy writes behind it, and DSPy raises SyntaxError. Remove it; "
        "descriptions belong in a class signature.", span, (Fix("Remove the comment", (Edit(Span(before, span.end), ""),)),),
    )  # fmt: skip


def _open_line(span: Span) -> Problem:
    return checks.problem(
        "DSP102", "A `\\` joins the next line to this one, and there is none: DSPy raises SyntaxError. Remove it.",
        span, (Fix("Remove the backslash", (Edit(span, ""),)),),
    )  # fmt: skip


def _nothing_behind(span: Span) -> Problem:
    return checks.problem(
        "DSP102", "Names must follow a `*`, and there are none: DSPy raises SyntaxError. Remove it; DSPy drops what stands "
        "behind a `*`.", span, (Fix("Remove the `*`", (Edit(span, ""),)),),
    )  # fmt: skip


def _too_closed(span: Span, at: int, text: str) -> Problem:
    fixes = [Fix("Remove the `)`", (Edit(Span(at, at + 1), ""),))]
    if text[at + 1 : span.end].strip():
        fixes.append(Fix("Remove what follows", (Edit(Span(at, span.end), ""),)))
    return checks.problem(
        "DSP102", "The `)` closes the list that DSPy wraps around this side, and what follows cannot be read: DSPy raises "
        "SyntaxError. Remove it.", span, tuple(fixes),
    )  # fmt: skip


class _Element(NamedTuple):
    """A stretch between commas, blanks at its ends excluded."""

    start: int
    end: int


class _Tolerant:
    """Reads the elements of one string one by one."""

    def __init__(
        self, text: str, dialect: Dialect, scope: Scope, callee: str, problems: list[Problem]
    ) -> None:
        self.text, self.dialect, self.scope, self.callee, self.problems = (
            text,
            dialect,
            scope,
            callee,
            problems,
        )
        self.blanked = text
        self.defaults: list[Piece] = []

    def without_defaults(self) -> tuple[Fix, ...]:
        """Takes the defaults out, which DSPy ignores: Python wants one behind each that has one."""
        edits = tuple(checks.default(p, self.text).fixes[0].edits[0] for p in self.defaults)
        return (Fix("Remove the defaults", edits),) if edits else ()

    def side(self, start: int, end: int, role: Role) -> tuple[Field, ...]:
        """The fields of one side, in order; what is no field is a problem."""
        fields: dict[str, Field] = {}
        if not self.text[start:end].strip():
            return ()
        open_ones = self.blank(start, end)
        end = self.closed(start, end)
        self.problems.extend(problem for problem in open_ones if problem.span.start < end)
        elements = self.elements(start, end)
        for index, element in enumerate(elements[:_MAX_ELEMENTS]):
            if element.start == element.end:
                if index < len(elements) - 1:
                    self.problems.append(self.empty(element))
                continue
            mark = self.text[element.start : element.end]
            if mark == "/":
                continue  # Python's marks between parameters
            if mark == "*":
                if all(later.start == later.end for later in elements[index + 1 :]):
                    self.problems.append(_nothing_behind(Span(element.start, end)))
                continue
            for field in self.element(element, role):
                fields[field.name] = field
        return tuple(fields.values())

    def blank(self, start: int, end: int) -> list[Problem]:
        """Blanks out comments and joined lines; what has no end yet is a problem."""
        found: list[Problem] = []
        if "#" not in self.text[start:end] and "\\" not in self.text[start:end]:
            return found
        text, index = self.text, start
        while index < end:
            character = text[index]
            stop = index + 1
            if character in "'\"":
                stop = text.find(character, index + 1, end) + 1 or end
            elif character == "#":
                newline = text.find("\n", index, end)
                stop = end if newline < 0 else newline
                if newline < 0:
                    found.append(_open_comment(Span(index, end), text))
            elif character == "\\" and text[index + 1 : end].strip(" \t") == "":
                found.append(_open_line(Span(index, end)))
            elif character != "\\" or text[stop:end][:1] not in {"\r", "\n"}:
                index = stop
                continue
            if character in "#\\":
                self.blanked = self.blanked[:index] + " " * (stop - index) + self.blanked[stop:]
            index = stop
        return found

    def closed(self, start: int, end: int) -> int:
        """Where a side ends: at a parenthesis that nothing opened, for it closes DSPy's own."""
        depth, index, begin, typed = 0, start, start, -1
        while index < end:
            character = self.blanked[index]
            if character == "," and depth == 0:
                typed = begin if ":" in self.blanked[begin:index] else typed
                begin = index + 1
            elif character in "'\"":
                close = self.blanked.find(character, index + 1, end)
                index = max(close, index)
            elif character in "([{":
                depth += 1
            elif character == ")" and depth == 0:
                name = self.blanked[begin:index]
                if name.strip() and ":" not in name:
                    first = begin + len(name) - len(name.lstrip())
                    # It may close what was to be opened in the type before.
                    first = typed if typed >= 0 else first
                    self.problems.append(_too_closed(Span(first, end), index, self.text))
                    return index
            elif character in ")]}":
                depth = max(depth - 1, 0)
            index += 1
        return end

    def elements(self, start: int, end: int) -> list[_Element]:
        """Cuts a side at its commas, mending brackets and quotes that do not close."""
        found: list[_Element] = []
        depth, begin, index = 0, start, start
        text = self.blanked
        while index < end:
            character = text[index]
            if character in "'\"":
                close = text.find(character, index + 1, end)
                if close >= 0 and not ("]" in text[index:close] and "," in text[index:close]):
                    index = close
            elif character in "([{":
                depth += 1
            elif character in ")]}":
                # A bracket that nothing opened closes the type of the last field with a colon.
                while depth == 0 and found and ":" not in text[begin:index]:
                    begin = found.pop().start
                depth = max(depth - 1, 0)
            elif character == "," and (depth == 0 or self.unclosed(begin, index, end)):
                found.append(self.trimmed(begin, index))
                begin, depth = index + 1, 0
            elif depth == 0 and text.startswith("->", index):
                # A second arrow, of which something is said elsewhere.
                if text[begin:index].strip():
                    found.append(self.trimmed(begin, index))
                begin = index = index + 2
                continue
            index += 1
        found.append(self.trimmed(begin, end))
        return found

    def unclosed(self, begin: int, comma: int, end: int) -> bool:
        """Whether the bracket before a comma was never closed: what follows is a field, no type."""
        stop = comma + 1
        depth = 1
        while stop < end and depth > 0:
            character = self.text[stop]
            depth += (character in "([{") - (character in ")]}")
            if character == "," and depth == 1:
                break
            stop += 1
        following = self.text[comma + 1 : stop]
        name, colon, _ = following.partition(":")
        name = name.strip()
        if not name.isidentifier() or self.text[begin:comma].count("[") == 0:
            return False
        if keyword.iskeyword(name):
            return False  # `Literal[1, True, None`: a value, which no field is called
        if colon:
            return True
        if depth == 0 or stop == len(self.text):
            return False  # it closes after all, or is still being typed
        return not (name in BUILTIN_TYPES or name in self.dialect.typing_names or name == "None")

    def trimmed(self, start: int, end: int) -> _Element:
        """Without the blanks around it; a blank element keeps one place."""
        inner = self.blanked[start:end]
        if not inner.strip():
            return _Element(start, start)
        return _Element(
            start + len(inner) - len(inner.lstrip()), end - len(inner) + len(inner.rstrip())
        )

    def empty(self, element: _Element) -> Problem:
        """Two commas with nothing between them."""
        comma = self.blanked.find(",", element.start)
        span = Span(element.start, comma)
        fix = Fix("Remove the comma", (Edit(Span(element.start, comma + 1), ""),))
        return checks.problem("DSP102", "There is no field before this comma: DSPy raises SyntaxError. Remove the comma, or "
                              "write a name.", span, (fix,))  # fmt: skip

    def element(self, element: _Element, role: Role) -> list[Field]:
        """The fields that an element holds, if it can be read."""
        try:
            side = read_side(self.text, element.start, element.end, self.dialect)
        except Broken as broken:
            without = self.without_last(element)
            if without is None:
                return self.broken(element, role, broken)
            side = without
        self.defaults += [piece for piece in side.pieces if piece.default_span is not None]
        return [self.field(piece, role) for piece in side.pieces if not piece.dropped]

    def without_last(self, element: _Element) -> Side | None:
        """A field behind which a default or an arrow is being typed: `q: int =`, `a -`."""
        last = element.end - 1
        if self.text[last] not in "=-":
            return None
        try:
            side = read_side(self.text, element.start, last, self.dialect)
        except Broken:
            return None
        behind = self.text[element.end :]
        span = Span(last, element.end + len(behind) - len(behind.lstrip(" \t")))
        mark = self.text[last]
        what = (
            "There is no default behind the `=`: DSPy raises SyntaxError. DSPy ignores defaults in a string, remove it."
            if mark == "="
            else "A `-` stands behind the field: DSPy raises SyntaxError. Remove it."
        )
        fix = Fix(f"Remove the `{mark}`", (Edit(Span(last, element.end), ""),))
        self.problems.append(
            checks.problem(
                "DSP102",
                what,
                span,
                (fix,),
            )
        )
        return side

    def blanks_behind(self, offset: int) -> int:
        """Where the blanks behind an offset end, but for one before an arrow or comma."""
        end = offset
        while end < len(self.text) and self.text[end] in " \t\n":
            end += 1
        return end if end == len(self.text) else max(offset, end - 1)

    def blanks_before(self, offset: int) -> int:
        """Where the blanks before an offset begin, but for one behind a comma or colon."""
        start = offset
        while start > 0 and self.text[start - 1] in " \t":
            start -= 1
        return 0 if start == 0 else min(offset, start + 1)

    def field(self, piece: Piece, role: Role) -> Field:
        """An intact field; what is wrong with its type is said if no other field could change it."""
        resolved: str | None = "str"
        if piece.type_text is not None:
            reading = read_string_type(piece.type_text, self.dialect)
            resolved = reading.resolved
            seen = annotation(piece.type_text, self.dialect).names
            if reading.problem and not any(
                self.scope.lookup(n) or n in self.dialect.frames(self.callee) for n in seen
            ):
                self.problems.append(
                    checks.type_problem(piece, reading.problem, self.dialect, self.scope)
                )
        return Field(
            piece.name,
            role,
            piece.name_span,
            piece.type_text,
            piece.type_span,
            resolved,
            piece.default_span,
        )

    def broken(self, element: _Element, role: Role, broken: Broken) -> list[Field]:
        """An element that is no field: says why, and keeps its name if it has one."""
        text = self.text[element.start : element.end]
        head, colon, rest = text.partition(":")
        name = head.strip()
        name_span = Span(element.start, element.start + len(head.rstrip()))
        if colon and name.isidentifier() and not keyword.iskeyword(name):
            type_start = element.start + len(head) + 1
            self.problems.append(
                self.broken_type(name, Span(type_start, element.end), rest, broken)
            )
            written = self.intact(rest.strip())
            start = element.end - len(rest.lstrip())
            span = Span(start, start + len(written)) if written else None
            return [Field(name, role, name_span, written or None, span, None)]
        self.problems.append(self.broken_name(element, text, name, broken))
        return []

    def intact(self, written: str) -> str:
        """The beginning of a broken type that Python can read; all of it where none can be."""
        for gap in reversed([m.start() for m in re.finditer(r"\s+", written)][-20:]):
            if annotation(written[:gap], self.dialect).node is not None:
                return written[:gap]
        return written

    def broken_type(self, name: str, span: Span, rest: str, broken: Broken) -> Problem:
        """A type that Python cannot read."""
        written = rest.strip()
        begin = span.end - len(rest.lstrip()) if written else span.start - 1
        where = Span(begin, span.end)
        shown = Span(self.blanks_before(begin), self.blanks_behind(span.end))
        if not written:
            rest_of_text = self.text[span.end :]
            where = Span(begin, span.end + len(rest_of_text) - len(rest_of_text.lstrip()))
            fix = Fix("Remove the colon", (Edit(Span(begin, span.end), ""),))
            return checks.problem("DSP102", f"Field `{name}`: there is no type after the colon, and DSPy raises SyntaxError. "
                                  "Write one, e.g. `str`, or remove the colon.", where, (fix,), field=name)  # fmt: skip
        fixes = tuple(
            Fix(f"Write `{word}`", (Edit(where, word),))
            for word in _mended(written)
            if read_string_type(word, self.dialect).accepted
        )
        hint = (
            f" Write e.g. `{fixes[0].edits[0].text}`."
            if fixes
            else " Write a type like `list[str]`."
        )
        return checks.problem("DSP102", f"Field `{name}`: Python cannot read the type ({broken.message}), and DSPy raises "
                              f"SyntaxError.{hint}", shown, fixes, field=name)  # fmt: skip

    def broken_name(self, element: _Element, text: str, name: str, broken: Broken) -> Problem:
        """A name that is no identifier."""
        span = Span(element.start, element.end)
        shown = Span(self.blanks_before(element.start), self.blanks_behind(element.end))
        stem = name or text
        if keyword.iskeyword(stem):
            new, why = f"{stem}_", f"`{stem}` is a keyword of Python"
        else:
            new = _identifier(stem)
            why = f"`{stem if len(stem) < 60 else stem[:57] + '...'}` is no field name ({broken.message})"
        fixes: tuple[Fix, ...] = ()
        if new.isidentifier() and not keyword.iskeyword(new) and ":" not in text:
            fixes = (Fix(f"Write `{new}`", (Edit(span, new),)),)
        hint = f" Write e.g. `{new}`." if fixes else ""
        return checks.problem("DSP102", f"{why}: DSPy raises SyntaxError. Field names are Python identifiers, separated by "
                              f"commas.{hint}", shown, fixes, name=stem)  # fmt: skip


def _identifier(text: str) -> str:
    cleaned = "".join(c if c.isalnum() or c == "_" else "_" for c in text.strip(" ([{}]).;'\"`"))
    while "__" in cleaned:
        cleaned = cleaned.replace("__", "_")
    cleaned = cleaned.strip("_")
    return f"field_{cleaned}" if cleaned[:1].isdigit() else cleaned


def _mended(written: str) -> list[str]:
    """Types that a broken one may have been meant as."""
    words = []
    if written.endswith("[]"):
        base = written[:-2]
        words += [f"list[{base}]", base]
    missing = written.count("[") - written.count("]")
    if missing > 0:
        words += [written.rstrip(" ,[") + "]" * missing, written.partition("[")[0]]
    if missing < 0:
        words.append(written[:missing] if written.endswith("]" * -missing) else written)
    head = written.split(maxsplit=1)[0].rstrip(".;,(-") if written.split() else ""
    words += [written.rstrip(".;"), head, "str"]
    return list(dict.fromkeys(word for word in words if word))
