"""Each rule's page tells the truth: its examples are run by the real dspy and read by us."""

import ast
import re
import warnings
from importlib.resources import files

import dspy
import pytest
from fix_examples import BAD_STRINGS

from dspy_language_server.signature.codes import CODES
from dspy_language_server.signature.dialect import dialect_for
from dspy_language_server.signature.model import Severity
from dspy_language_server.signature.reader import read
from dspy_language_server.signature.scope import Binding, BindingKind, MappingScope

PAGES = files("dspy_language_server.rules") / "pages"
BLOCK = re.compile(r"^## (Bad|Good)\n+```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# The release whose behaviour a page describes, where it is not the newest.
RELEASE = {"DSP208": "3.1.3"}


def blocks(code):
    return dict(BLOCK.findall((PAGES / f"{code}.md").read_text("utf-8")))


def run(source):
    namespace = {"__name__": "__main__"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile(source, "page", "exec"), namespace)


def readings(source, dialect):
    """Our reading of every signature string of a block, with its classes in scope."""
    tree = ast.parse(source)
    models = {
        node.name: Binding(BindingKind.MODEL, f"__main__.{node.name}")
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.args:
            text = eval(compile(ast.Expression(call.args[0]), "page", "eval"))
            custom = None
            if any(keyword.arg == "custom_types" for keyword in call.keywords):
                custom = models
            yield read(
                text,
                dialect=dialect,
                scope=MappingScope(models),
                callee=call.func.attr,
                custom_types=custom,
            )


@pytest.mark.parametrize("code", CODES)
def test_the_page_is_headed_by_code_and_name(code):
    text = (PAGES / f"{code}.md").read_text("utf-8")
    assert text.startswith(f"# {code}: ")
    assert f"\n`{CODES[code].name}`\n" in text


@pytest.mark.parametrize("code", CODES)
def test_the_bad_example_is_reported_and_the_good_one_is_not(code):
    dialect = dialect_for(RELEASE.get(code, dspy.__version__))
    bad, good = (
        [p.code for r in readings(blocks(code)[k], dialect) for p in r.problems]
        for k in ("Bad", "Good")
    )
    assert code in bad
    assert good == []


@pytest.mark.parametrize("code", [code for code in CODES if code not in RELEASE])
def test_dspy_does_what_the_page_says(code):
    source = blocks(code)
    if CODES[code].severity is Severity.ERROR:
        with pytest.raises(Exception) as raised:
            run(source["Bad"])
        assert not isinstance(raised.value, NameError)
    else:
        run(source["Bad"])
    run(source["Good"])


FIXABLE = [(code, text, callee) for code, cases in BAD_STRINGS.items() for text, callee in cases]


@pytest.mark.parametrize(("code", "text", "callee"), FIXABLE)
def test_dspy_accepts_what_a_fix_makes(code, text, callee):
    dialect = dialect_for(dspy.__version__)
    problem = next(p for p in read(text, dialect=dialect, callee=callee).problems if p.code == code)
    assert problem.fixes
    for fix in problem.fixes:
        fixed = fix.apply(text)
        more = {"tools": []} if callee.startswith("ReAct") else {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            getattr(dspy, callee)(fixed, **more)
        assert code not in [p.code for p in read(fixed, dialect=dialect, callee=callee).problems]
