"""The preview of a prompt: what the real adapter sends to a real endpoint, for the same signature."""

import dspy
import pytest
from driver import editor_of_a_module

editor = editor_of_a_module()

STATEMENTS = {
    "a string": 'qa = dspy.Predict("question -> answer")',
    "instructions": 'qa = dspy.Predict(dspy.Signature("a -> b", "Answer like a pirate."))',
    "types": "qa = dspy.Predict(\"text: list[str], n: int -> mood: Literal['good', 'bad'], p: float\")",
    "reasoning": 'qa = dspy.ChainOfThought("question, context: list[str] -> answer: float")',
    "optional": 'qa = dspy.Predict("a: Optional[str], b: dict[str, int] | None -> c: bool")',
    "a class": (
        "class QA(dspy.Signature):\n"
        '    """Answer briefly."""\n'
        '    question: str = dspy.InputField(desc="what is asked")\n'
        '    score: int = dspy.OutputField(ge=0, le=10, desc="how sure")\n'
        "qa = dspy.ChainOfThought(QA)"
    ),
    "a class of the file": (
        "import pydantic\n"
        "class Address(pydantic.BaseModel):\n"
        "    street: str\n"
        "class Person(pydantic.BaseModel):\n"
        "    name: str\n"
        "    home: Address\n"
        'qa = dspy.Predict("text -> people: list[Person], first: Person")'
    ),
    "code": 'qa = dspy.ProgramOfThought("question -> answer")',
}
ADAPTERS = {"chat": dspy.ChatAdapter, "json": dspy.JSONAdapter, "xml": dspy.XMLAdapter}


def sent(endpoint, source: str, adapter: str) -> list[dict]:
    """What DSPy itself sends first for the statement's predictor."""
    names: dict = {"__name__": "app"}
    exec(compile(f"import dspy\nfrom typing import *\n{source}\n", "app.py", "exec"), names)
    predictor = names["qa"].predictors()[0]
    inputs = {key: f"{{{key}}}" for key in predictor.signature.input_fields}
    lm = dspy.LM("openai/m", api_base=endpoint.url, api_key="x", cache=False, num_retries=0)
    with dspy.context(lm=lm, adapter=ADAPTERS[adapter]()):
        try:
            predictor(**inputs)
        except Exception:
            assert endpoint.requests
    return endpoint.requests[0]["messages"]


@pytest.mark.parametrize("adapter", ADAPTERS)
@pytest.mark.parametrize("name", STATEMENTS)
def test_a_preview_is_what_is_sent(editor, openai_endpoint, name, adapter):
    source = STATEMENTS[name]
    text = f"import dspy\nfrom typing import *\n{source}\n"
    uri = editor.open(f"{name} {adapter}.py", text)
    editor.answers = ["Run Definitions"] if "Person" in source else []
    line = text.split("\n").index(source.split("\n")[-1])
    column = text.split("\n")[line].index("(") + 3
    position = {"line": line, "character": column}
    shown = editor.result("dspy.previewPrompt", uri=uri, position=position, adapter=adapter)
    assert shown["messages"] == sent(openai_endpoint, source, adapter)
    assert shown["adapter"] == ADAPTERS[adapter].__name__
    assert editor.answers == []


def test_a_preview_follows_the_keys_and_asks_once(editor):
    text = (
        "import dspy\n"
        "open('ran', 'a').write('x')\n"
        "class Mood:\n    pass\n"
        'qa = dspy.Predict("question -> mood: Mood")\n'
    )
    uri = editor.open("keys.py", text)
    editor.questions.clear()
    place = {"line": 4, "character": 22}
    editor.answers = ["Not Now"]
    shown = editor.result("dspy.previewPrompt", uri=uri, position=place)
    assert "`mood`: the type Mood is shown as str." in shown["text"]
    for typed in ("question, c -> mood: Mood", "question, co -> mood: Mood", "question, co ->"):
        editor.change(uri, text.replace("question -> mood: Mood", typed))
        shown = editor.result("dspy.previewPrompt", uri=uri, position=place)
        name = typed.partition(", ")[2].partition(" ")[0]
        assert f"[[ ## {name} ## ]]" in shown["text"]
    assert len(editor.questions) == 1
    assert not (editor.folder / "ran").exists()


def test_definitions_that_do_more_than_define_are_not_run(editor):
    text = (
        "import dspy\n"
        "names = open('ran', 'w').write('x')\n"
        "Mood = dict[str, int] if names else int\n"
        'qa = dspy.Predict("question -> mood: Mood")\n'
    )
    uri = editor.open("more.py", text)
    place = {"line": 3, "character": 22}
    shown = editor.result("dspy.previewPrompt", uri=uri, position=place, confirmed=True)
    assert "more.py, line 2 writes a file" in shown["text"]
    assert not (editor.folder / "ran").exists()


def test_no_text_of_a_signature_is_evaluated(editor):
    """`dspy.Signature(text)` would import the module that a type names."""
    (editor.folder / "evil.py").write_text("open('ran', 'w').write('x')\n")
    uri = editor.open("evils.py", 'import dspy\nqa = dspy.Predict("a: evil.Thing -> b")\n')
    editor.answers = ["Not Now"]
    place = {"line": 1, "character": 22}
    shown = editor.result("dspy.previewPrompt", uri=uri, position=place)
    assert "evil.Thing is shown as str" in shown["text"]
    assert not (editor.folder / "ran").exists()


def test_where_there_is_no_signature_that_is_said(editor):
    uri = editor.open("none.py", "import dspy\nx = 1\n")
    answer = editor.execute("dspy.previewPrompt", uri=uri, position={"line": 1, "character": 0})
    assert answer["error"]["data"]["code"] == "no-signature"
