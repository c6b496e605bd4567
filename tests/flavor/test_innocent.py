"""Programs that hold no credential and sound as if: they are saved, and nothing of them is lost."""

import importlib
import secrets
import string

import dspy
import pandas as pd
import programs
import pytest
from mlflow.exceptions import MlflowException

import dspy_flavor
from dspy_flavor.wording import is_harmless, looks_random, reads_as_words

PROGRAM = """
import dspy

class Program(dspy.Module):
    def __init__(self):
        super().__init__()
        self.answer = dspy.Predict("question -> answer")
        {init}

    def forward(self, question):
        {body}
        return self.answer(question=question)

{top}
"""


@pytest.fixture
def program(tmp_path, monkeypatch):
    folder = tmp_path / "code_of_user"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))

    def make(init="pass", body="pass", top=""):
        name = f"innocent_{secrets.token_hex(4)}"
        (folder / f"{name}.py").write_text(PROGRAM.format(init=init, body=body, top=top))
        importlib.invalidate_caches()
        return importlib.import_module(name).Program()

    return make


@pytest.fixture
def kept(tmp_path, serialization_format):
    """Save a program and load it again."""

    def save(program, **arguments):
        path = str(tmp_path / "saved")
        arguments.setdefault("pip_requirements", ["dspy"])
        dspy_flavor.save_model(
            program, path, serialization_format=serialization_format, **arguments
        )
        return dspy_flavor.load_model(path)

    return save


ATTRIBUTES = {
    "token": "summarization_task",
    "cookie": "oatmeal_chocolate",
    "auth": "basic",
    "special_token": "<|begin_of_text|>",
    "credentials": "Doctor of medicine",
    "secret_word": "abracadabra",
    "api_key_header": "X-API-Key-Header",
    "password_file": "/run/secrets/database",
    "headers": {"Name": "column of names"},
    "jwt": r"^[A-Za-z]+\.[A-Za-z]+$",
    "secret_santa": "rules-of-the-game",
    "secret_patterns": {"openai": "sk-[A-Za-z0-9]{20,}", "aws": "AKIA[0-9A-Z]{16}"},
    "api_key": "${SEARCH_API_KEY}",
    "access_token": "SEARCH_ACCESS_TOKEN",
    "password": "The password that a user has chosen, at least twelve characters.",
    "password_reset": "password-reset",
    "template": "host=localhost user=me password=postgres dbname=x",
    "settings": '{"password": "<your password>"}',
    "profile": "aws_secret_access_key = <your secret access key>",
    "command": "curl -u $USER:$PASSWORD https://db.example.com && curl -u me:yourpassword x:8080",
    "service": "curl http://my-user-service:8080/predict && curl http://web-ui:3000/api/health",
    "upload": "curl http://data-upload:8000/api --url=https://example.com/path",
    "agent": "curl --user-agent=Mozilla/5.0:compat12 https://example.com/v1/data-update:batchCreate",
    "how": "Use curl to fetch sub-url:https://foo.bar, with -u client_id:client_secret",
    "mirror": "curl -u alice:changeme x; curl -u username:personal_access_token y",
    "keys": "AWS_SECRET_ACCESS_KEY=" + "x" * 40,
    "download": "curl -o out.txt --user-agent me:something https://db.example.com",
}


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_an_attribute_is_kept(program, kept, name):
    made = program(init=f"self.{name} = {ATTRIBUTES[name]!r}")

    assert getattr(kept(made), name) == ATTRIBUTES[name]


@pytest.mark.parametrize(
    "body",
    [
        'dict(token="summarization_task")',
        'dict(token="internationalization", password_prompt="Enter your password here")',
        r'TOKEN = r"\b[A-Za-z]{3,20}\b"',
        '"Send it as Authorization: Bearer authentication-header-here"',
        'f"postgresql://app:{question}@db.example.com/app"',
        '"mysql://{user}:{password}@{host}/db".format(user=1, password=2, host=3)',
        'lambda: "password: required, api_key: description"  # password: required',
        'dspy.Example(username="ann", password="hunter2hunter2", strength="weak")',
        'dict(headers={"User-Agent": "agent/1.0", "anthropic-version": "2023-06-01"})',
        '__import__("os").getenv("API_KEY") or "not-set"',
    ],
)
def test_what_is_written_in_code_is_kept(program, kept, body):
    kept(program(body=body))


KINDS = """
import enum
from typing import NamedTuple

class Kind(enum.Enum):
    PASSWORD_RESET = "password_reset"
    API_KEY_LOST = "api_key_lost"

class Place(NamedTuple):
    line: int
    text: str

class Sort(dspy.Signature):
    tickets: list[str] = dspy.InputField()
    kinds: list[Kind] = dspy.OutputField()
"""


def test_a_named_tuple_and_an_enum_are_kept(program, kept):
    made = program(init="self.sort, self.used = dspy.Predict(Sort), [Place, Kind]", top=KINDS)

    assert kept(made).used[1]["API_KEY_LOST"].value == "api_key_lost"


def test_configuration_and_prose_beside_code_are_kept(kept, tmp_path, monkeypatch):
    package = tmp_path / f"acme_{secrets.token_hex(4)}"
    package.mkdir()
    monkeypatch.syspath_prepend(str(tmp_path))
    (package / "config.yaml").write_text(
        "api_key: ${SEARCH_API_KEY}\nmax_tokens: 500\nsecret_santa: rules-of-the-game\n"
    )
    (package / "README.md").write_text("password: required\napi_key: description\n")
    read = "yaml.safe_load(pathlib.Path(__file__).with_name('config.yaml').read_text())"
    code = PROGRAM.format(init=f"self.config = {read}", body="pass", top="")
    (package / "__init__.py").write_text("import yaml, pathlib\n" + code)
    importlib.invalidate_caches()

    loaded = kept(importlib.import_module(package.name).Program())

    assert loaded.config["api_key"] == "${SEARCH_API_KEY}"


ARGUMENTS = [
    {"user": "marketing"},
    {"metadata": {"team": "marketing-analytics"}},
    {"headers": {"X-Team": "marketing"}},
    {"extra_body": {"provider": {"order": ["anthropic"]}}},
    {"fallbacks": ["anthropic/claude-sonnet"]},
]


@pytest.mark.parametrize("arguments", ARGUMENTS)
def test_an_argument_that_is_left_out_is_no_word_to_look_for(program, kept, settings, arguments):
    """What a team or a provider is called occurs by chance in a program about it."""
    settings["lm"] = dspy.LM("anthropic/claude-sonnet", **arguments)

    kept(program(top="ABOUT = 'marketing-analytics of anthropic'"))


@pytest.mark.parametrize("value", ["postgres", "development"])
def test_a_word_in_the_environment_is_no_word_to_look_for(program, kept, monkeypatch, value):
    monkeypatch.setenv("POSTGRES_PASSWORD", value)

    kept(program(top=f"DATABASE = 'a {value} database'"))


@pytest.mark.parametrize("key", ["", "EMPTY", "not-needed"])
def test_a_key_that_stands_for_none_is_kept(program, kept, settings, monkeypatch, key):
    """A server on this machine looks at none; a real key of the environment is not for it."""
    settings["lm"] = dspy.LM("openai/local", api_base="http://127.0.0.1:9/v1", api_key=key)
    made = program(top="NOTE = 'a key is not-needed'")
    monkeypatch.setenv("OPENAI_API_KEY", "a-real-key-of-another-service")
    lm = settings["lm"]
    loading = kept(made)
    settings["lm"] = None

    dspy_flavor.load_model("saved")

    assert loading is not None
    assert dspy.settings.lm is not lm
    assert dspy.settings.lm.kwargs["api_key"] == key


def examples(password):
    row = {"user": "ada", "password": password}
    return {"dict": row, "rows": [row], "frame": pd.DataFrame([row])}


@pytest.mark.parametrize("kind", examples(""))
def test_words_are_an_example_of_an_input_that_is_called_password(kept, kind):
    kept(programs.Judge(), input_example=examples("correcthorse")[kind])


@pytest.mark.parametrize("kind", examples(""))
def test_a_password_in_an_example_is_refused(kept, kind, tmp_path):
    with pytest.raises(MlflowException, match="made-up value") as refusal:
        kept(programs.Judge(), input_example=examples("hX3kq9Lw2p")[kind])

    assert "hX3kq9Lw2p" not in str(refusal.value)
    assert not (tmp_path / "saved").exists()


@pytest.mark.parametrize(
    "alphabet", [string.ascii_letters, string.ascii_letters + string.digits, "bcdfghjklmnp"]
)
def test_what_is_drawn_at_random_does_not_read_as_words(alphabet):
    drawn = ["".join(secrets.choice(alphabet) for _ in range(24)) for _ in range(500)]

    assert sum(map(reads_as_words, drawn)) <= 15
    assert sum(map(is_harmless, drawn)) <= 15
    assert sum(map(looks_random, drawn)) >= 485


@pytest.mark.parametrize("text", ["canary-of-a-header", "my-secret-value", "private-thing"])
def test_words_that_say_that_they_are_secret_are(text):
    assert looks_random(text)
    assert not is_harmless(text)
