"""The preview of a prompt: what the real adapter sends to a real endpoint, for the same signature."""

import json

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


TOOLS = """\
def search(query: str, most: int = 3) -> list[str]:
    \"\"\"Looks a word up.\"\"\"
    return [query] * most

def add(a: float, b: float) -> float:
    return a + b
"""
PICTURES = """\
class Look(dspy.Signature):
    \"\"\"Say what is seen.\"\"\"
    picture: dspy.Image = dspy.InputField()
    others: list[dspy.Image] = dspy.InputField()
    seen: list[str] = dspy.OutputField()
"""
TALK = """\
class Talk(dspy.Signature):
    question: str = dspy.InputField()
    history: dspy.History = dspy.InputField()
    answer: str = dspy.OutputField()
    score: float = dspy.OutputField()
"""
URL = "https://example.org/bear.png"
PROGRAMS = {
    "examples": (
        (
            'qa = dspy.Predict("question -> answer: float")\n'
            'qa.demos = [dspy.Example(question="one?", answer=1.0), dspy.Example(question="half")]'
        ),
        None,
    ),
    "examples of reasoning": (
        (
            'qa = dspy.ChainOfThought("question -> answer")\n'
            'qa.predict.demos = [dspy.Example(question="a", reasoning="b", answer="c", augmented=True)]\n'
            'qa.predict.signature = qa.predict.signature.with_instructions("Optimised.")'
        ),
        None,
    ),
    "an agent": (f'{TOOLS}qa = dspy.ReAct("question -> answer: float", tools=[search, add])', None),
    "an agent with examples": (
        (
            f'{TOOLS}qa = dspy.ReAct("question -> answer", tools=[add])\n'
            'qa.extract.predict.demos = [dspy.Example(question="a", trajectory="t", answer="b")]'
        ),
        {"question": "What is 1 + 1?", "trajectory": "[[ ## thought_0 ## ]]\nhm"},
    ),
    "types": (
        (
            "import pydantic\n"
            "class Person(pydantic.BaseModel):\n    name: str\n    age: int | None = None\n"
            'qa = dspy.ChainOfThought("text -> first: Person, people: list[Person], best: Person | None")\n'
            'qa.predict.demos = [dspy.Example(text="x", first=Person(name="Al"), people=[], best=None)]'
        ),
        {"text": "Ann is 3"},
    ),
    "pictures": (
        f"{PICTURES}qa = dspy.Predict(Look)",
        {"picture": URL, "others": [{"url": URL}, {"url": "data:image/png;base64,aGVsbG8="}]},
    ),
    "pictures to come": (f"{PICTURES}qa = dspy.Predict(Look)", None),
    "a history": (
        f"{TALK}qa = dspy.Predict(Talk)",
        {"question": "And?", "history": [{"question": "Who?", "answer": "I", "score": 0.5}]},
    ),
    "a history to come": (f"{TALK}qa = dspy.ChainOfThought(Talk)", None),
    "configured": (
        (
            "dspy.configure(adapter=dspy.XMLAdapter())\n"
            'qa = dspy.Predict("question -> answer")\n'
            'qa.demos = [dspy.Example(question="a", answer="b")]'
        ),
        None,
    ),
    "an adapter of one's own": (
        (
            "class Loud(dspy.ChatAdapter):\n"
            "    def format(self, *given):\n"
            "        return [{**m, 'content': m['content'].upper()} for m in super().format(*given)]\n"
            "dspy.configure(adapter=Loud())\n"
            'qa = dspy.Predict("question -> answer")'
        ),
        None,
    ),
}


@pytest.fixture
def settings_of_before():
    """What a program configures in this process is undone."""
    before = dspy.settings.adapter
    yield
    dspy.configure(adapter=before)


def formatted(source: str, adapter: str | None, given: dict | None) -> list[dict]:
    """What the real adapter makes of each predictor of the program, with its examples."""
    names: dict = {"__name__": "app"}
    exec(compile(f"import dspy\nfrom typing import *\n{source}\n", "app.py", "exec"), names)
    real = ADAPTERS[adapter]() if adapter else dspy.settings.adapter or dspy.ChatAdapter()
    prompts = []
    for name, predictor in names["qa"].named_predictors():
        signature = predictor.signature
        inputs = {key: f"{{{key}}}" for key in signature.input_fields}
        if "history" in inputs:
            turn = {key: f"{{{key}}}" for key in signature.fields if key != "history"}
            inputs["history"] = dspy.History(messages=[turn])
        for key, value in (given or {}).items():
            if key in inputs:
                inputs[key] = value
        for key, field in signature.input_fields.items():
            if field.annotation is dspy.Image and inputs[key][0] != "{":
                inputs[key] = dspy.Image(inputs[key])
            if field.annotation == list[dspy.Image] and isinstance(inputs[key], list):
                inputs[key] = [dspy.Image(each["url"]) for each in inputs[key]]
            if field.annotation is dspy.History and isinstance(inputs[key], list):
                inputs[key] = dspy.History(messages=inputs[key])
        made = real.format(signature, predictor.demos, inputs)
        prompts.append({"predictor": name, "messages": json.loads(json.dumps(made))})
    return prompts


@pytest.mark.usefixtures("settings_of_before")
@pytest.mark.parametrize("adapter", [None, *ADAPTERS])
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_shows_what_its_adapter_makes_of_it(editor, name, adapter):
    source, given = PROGRAMS[name]
    text = f"import dspy\nfrom typing import *\n{source}\n"
    uri = editor.open(f"program {name} {adapter}.py", text)
    line = next(n for n, each in enumerate(text.split("\n")) if each.startswith("qa ="))
    shown = editor.result(
        "dspy.previewPrompt", uri=uri, position={"line": line, "character": 1}, confirmed=True,
        **({"adapter": adapter} if adapter else {}), **({"inputs": given} if given else {}),
    )  # fmt: skip
    assert (shown["notes"], shown["unread"], shown["unknown"]) == ([], [], [])
    assert shown["prompts"] == formatted(source, adapter, given)
    assert shown["messages"] == shown["prompts"][0]["messages"]
    assert (shown["notes"], shown["unread"], shown["unknown"]) == ([], [], [])


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


ADAPTED = """\
import dspy

class QA(dspy.Module):
    def __init__(self):
        super().__init__()
        self.first = dspy.ChainOfThought("question -> draft")
        self.then = [dspy.Predict("draft -> answer"), dspy.Predict("answer -> grade: int")]

    def forward(self, question):
        with dspy.context(adapter=dspy.XMLAdapter()):
            draft = self.first(question=question).draft
        return self.then[0](draft=draft)

json = dspy.JSONAdapter(use_native_function_calling=False)
dspy.configure(adapter=json)
program = QA()
program.first.predict.demos = [dspy.Example(question="a", reasoning="b", draft="c")]
other = dspy.Predict("text -> mood")
with dspy.context(adapter=dspy.ChatAdapter()):
    other(text="x")
"""


def at(text: str, wanted: str, offset: int = 1) -> dict:
    before = text[: text.index(wanted) + offset]
    return {"line": before.count("\n"), "character": len(before) - before.rfind("\n") - 1}


@pytest.mark.parametrize(
    ("wanted", "adapter", "predictors"),
    [
        ("question -> draft", "XMLAdapter (line 10)", ["first.predict"]),  # where it is called
        ("self.first(question", "XMLAdapter (line 10)", ["first.predict"]),
        ("draft -> answer", "JSONAdapter (line 15)", ["self"]),
        ("text -> mood", "ChatAdapter (line 19)", ["self"]),
        ("QA(dspy", "JSONAdapter (line 15)", ["first.predict"]),
        ("program = ", "JSONAdapter (line 15)", ["first.predict"]),
    ],
)
def test_the_adapter_is_the_one_in_force_at_the_caret(editor, wanted, adapter, predictors):
    uri = editor.open(f"adapted {predictors} {len(wanted)}.py", ADAPTED)
    editor.answers = ["Not Now"]
    shown = editor.result("dspy.previewPrompt", uri=uri, position=at(ADAPTED, wanted, 2))
    assert shown["text"].startswith(f"# {adapter}\n")
    assert [each["predictor"] for each in shown["prompts"]] == predictors


def test_a_program_says_what_is_not_read_and_shows_it_once_agreed(editor):
    uri = editor.open("whole.py", ADAPTED)
    place = at(ADAPTED, "QA(dspy", 1)
    editor.questions.clear()
    editor.answers = ["Not Now"]
    read = editor.result("dspy.previewPrompt", uri=uri, position=place)
    assert [each["predictor"] for each in read["prompts"]] == ["first.predict"]
    assert "What line 17 does is not shown: program.first.predict.demos" in read["text"]
    assert (
        "depends on what line 17 does to it. Run the definitions"
        in editor.questions[0][1]["message"]
    )
    built = editor.result("dspy.previewPrompt", uri=uri, position=place, confirmed=True)
    assert [each["predictor"] for each in built["prompts"]] == [
        "first.predict",
        "then[0]",
        "then[1]",
    ]
    assert [m["role"] for m in built["messages"]] == ["system", "user", "assistant", "user"]
    assert built["text"].startswith("# JSONAdapter (configured by the program)\n")
    assert (built["notes"], built["unread"]) == ([], [])


def test_an_adapter_is_chosen_for_a_file_and_kept(editor):
    uri = editor.open("chosen.py", ADAPTED)
    place = at(ADAPTED, "text -> mood")
    editor.answers = ["xml"]
    shown = editor.result("dspy.previewPrompt", uri=uri, position=place, ask=True)
    assert shown["text"].startswith("# XMLAdapter (chosen)\n")
    assert editor.result("dspy.previewPrompt", uri=uri, position=place)["adapter"] == "XMLAdapter"
    editor.answers = ["As the program is configured"]
    again = editor.result("dspy.previewPrompt", uri=uri, position=place, ask=True)
    assert again["adapter"] == "ChatAdapter"


def test_a_half_typed_signature_imports_no_module_of_the_workspace(editor):
    (editor.folder / "evil_typed.py").write_text("open('ran', 'w').write('x')\n")
    uri = editor.open("typed.py", 'import dspy\nqa = dspy.Predict("a: evil_typed.Thing -> b")\n')
    place = {"line": 1, "character": 22}
    shown = editor.result("dspy.previewPrompt", uri=uri, position=place, confirmed=True)
    assert "Unknown name: evil_typed" in shown["text"]
    assert "[[ ## a ## ]]" in shown["text"]
    assert not (editor.folder / "ran").exists()


def test_an_unknown_input_is_refused_by_name(editor):
    uri = editor.open("inputs.py", 'import dspy\nqa = dspy.Predict("question -> answer")\n')
    place = {"line": 1, "character": 22}
    answer = editor.execute("dspy.previewPrompt", uri=uri, position=place, inputs={"qestion": "a"})
    assert "There is no input `qestion`. The inputs are `question`." in answer["error"]["message"]


def test_an_adapter_that_only_running_tells_is_said_and_shown_once_agreed(editor):
    text = (
        "import dspy\n"
        "class Loud(dspy.ChatAdapter):\n    pass\n"
        "dspy.configure(adapter=Loud())\n"
        'qa = dspy.Predict("question -> answer")\n'
    )
    uri = editor.open("loud.py", text)
    editor.answers = ["Run Definitions"]
    shown = editor.result("dspy.previewPrompt", uri=uri, position={"line": 4, "character": 22})
    assert shown["adapter"] == "Loud"
    assert shown["notes"] == []
