"""A credential in every place that holds one, in both formats: left out, or refused by its path.

Each value is random and of no known shape, so only the place can give it away.
"""

import base64
import collections
import functools
import importlib
import json
import operator
import secrets
import textwrap
import types
import zipfile
from pathlib import Path

import dspy
import programs
import pytest
from mlflow.exceptions import MlflowException
from pydantic import SecretStr

import dspy_flavor
from dspy_flavor.scan import _layers

PROGRAM = """
import dspy

class Program(dspy.Module):
    def __init__(self):
        super().__init__()
        self.answer = dspy.Predict("question -> answer")

    def forward(self, question):
        return self.answer(question=question)
"""


def canary():
    return "".join(secrets.choice("bcdfghjkmnpqrstvwxz") for _ in range(22))


@pytest.fixture
def value(monkeypatch):
    return canary()


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Write code of the user's own to a file, and import it."""
    monkeypatch.syspath_prepend(str(tmp_path / "code_of_user"))
    (tmp_path / "code_of_user").mkdir()

    def make(code, name=None):
        name = name or f"user_{canary()[:8]}"
        file = tmp_path / "code_of_user" / f"{name}.py"
        file.write_text(textwrap.dedent(code))
        importlib.invalidate_caches()
        return importlib.import_module(name)

    return make


@pytest.fixture
def outcome(tmp_path, value, serialization_format):
    """Save a program: what happened, after making sure that the value is nowhere."""

    def save(program, **arguments):
        path = tmp_path / "saved"
        if "extra_pip_requirements" not in arguments and "conda_env" not in arguments:
            arguments.setdefault("pip_requirements", ["dspy"])
        try:
            dspy_flavor.save_model(
                program, str(path), serialization_format=serialization_format, **arguments
            )
        except MlflowException as error:
            refusal = str(error)
        else:
            assert found_in(path, value) == []
            return "saved"
        assert value not in refusal
        assert not path.exists()
        return refusal

    return save


def found_in(folder, value):
    forms = [value.encode(), base64.b64encode(value.encode())[:20], value.encode().hex().encode()]
    return [
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file()
        and any(form in layer for layer, _ in _layers(path.read_bytes(), 0) for form in forms)
    ]


ARGUMENTS_OF_A_LANGUAGE_MODEL = {
    "api_key": lambda v: v,
    "headers": lambda v: {"X-Team": v},
    "extra_headers": lambda v: {"Authorization": f"Bearer {v}"},
    "extra_body": lambda v: {"anything": v},
    "metadata": lambda v: {"user": v},
    "user": lambda v: v,
    "azure_ad_token": lambda v: v,
    "aws_session_token": lambda v: v,
    "vertex_credentials": lambda v: json.dumps({"private_key": v}),
    "provider_options": lambda v: {"anything": v},
    "client": lambda v: types.SimpleNamespace(key=v),
    "never_heard_of": lambda v: [{"deep": v}],
    "response_format": lambda v: {"type": "json", "token": v},
    "safety_settings": lambda v: [{"api_key": v}],
    "stream_options": lambda v: {"headers": {"X-Team": v}},
    "launch_kwargs": lambda v: {"env": v},
    "train_kwargs": lambda v: {"env": v},
}
URLS = {
    "user and password": "http://user:{}@host/v1",
    "user": "http://{}@host/v1",
    "password in percent": "http://user:%40{}@host/v1",
    "no scheme": "user:{}@host/v1",
    "query": "http://host/v1?api-version=2&api-key={}",
    "neutral query": "http://host/v1?subscription={}",
    "fragment": "http://host/v1#{}",
}


@pytest.mark.parametrize("where", ["settings", "predictor", "list", "adapter", "config"])
def test_arguments_of_a_language_model(outcome, module, settings, value, where):
    arguments = {name: make(value) for name, make in ARGUMENTS_OF_A_LANGUAGE_MODEL.items()}
    program = module(PROGRAM).Program()
    if where == "config":
        program.answer.config = arguments
    else:
        lm = dspy.LM("openai/x", cache=False, **arguments)
        lm.history.append({"messages": [value], "outputs": [value]})
        place_language_model(lm, where, program, settings)

    assert outcome(program) == "saved"


def place_language_model(lm, where, program, settings):
    if where == "settings":
        settings["lm"] = lm
    elif where == "predictor":
        program.answer.lm = lm
    elif where == "list":
        program.fallbacks = [{"second": lm}]
    else:
        settings["adapter"] = dspy.TwoStepAdapter(lm)


@pytest.mark.parametrize("url", URLS)
def test_urls_of_an_endpoint(outcome, settings, value, url):
    settings["lm"] = dspy.LM("openai/x", api_base=URLS[url].format(value), cache=False)

    assert outcome(dspy.Predict("question -> answer")) == "saved"


def holding(**attributes):
    obj = programs.Plain()
    vars(obj).update(attributes)
    return obj


ATTRIBUTES_THAT_ARE_LEFT_OUT = {
    "attribute": lambda p, v: setattr(p, "api_key", v),
    "bytes": lambda p, v: setattr(p, "api_key", v.encode()),
    "bytearray": lambda p, v: setattr(p, "api_key", bytearray(v.encode())),
    "one word": lambda p, v: setattr(p, "openaiapikey", v),
    "camel case": lambda p, v: setattr(p, "accessToken", v),
    "vendor's key": lambda p, v: setattr(p, "openai_key", v),
    "short for password": lambda p, v: setattr(p, "db_pass", v),
    "list of keys": lambda p, v: setattr(p, "api_keys", [v]),
    "set of keys": lambda p, v: setattr(p, "api_keys", {v}),
    "keys by provider": lambda p, v: setattr(p, "api_keys", {"openai": v}),
    "dict below a secret": lambda p, v: setattr(p, "secret", {"value": v}),
    "nested": lambda p, v: setattr(p, "options", [{"a": [{"password": v}]}]),
    "headers": lambda p, v: setattr(p, "headers", {"X-Team": v}),
    "user and password": lambda p, v: setattr(p, "auth", ("user", v)),
    "object": lambda p, v: setattr(p, "part", holding(token=v)),
    "text of pydantic's": lambda p, v: setattr(p, "part", SecretStr(v)),
    "history": lambda p, v: p.history.append({"prompt": v}),
    "trace": lambda p, v: p.answer.traces.append(v),
    "callback": lambda p, v: p.callbacks.append(holding(anything=v)),
}


@pytest.mark.parametrize("place", ATTRIBUTES_THAT_ARE_LEFT_OUT)
def test_attributes_that_are_left_out(outcome, module, value, place):
    program = module(PROGRAM).Program()
    ATTRIBUTES_THAT_ARE_LEFT_OUT[place](program, value)

    assert outcome(program) == "saved"


ATTRIBUTES_THAT_ARE_REFUSED = {
    "name and value": lambda v: [("api_key", v)],
    "name in bytes": lambda v: {b"password": v},
    "JSON": lambda v: json.dumps({"client_email": "a@b", "private_key": v}),
    "ODBC": lambda v: f"Driver=x;Server=host;UID=me;PWD={v};",
    "libpq": lambda v: f"host=localhost user=me password={v} dbname=x",
    "argument of a partial": lambda v: functools.partial(programs.with_key, v),
    "query of a URL": lambda v: f"https://host/search?token={v}",
    "user of a URL": lambda v: f"https://{v}@host/search",
    "password of a database": lambda v: f"postgresql://me:{v}@host/db",
    "bearer": lambda v: f"curl -H 'Authorization: Bearer {v}'",
}


@pytest.mark.parametrize("place", ATTRIBUTES_THAT_ARE_REFUSED)
def test_attributes_that_are_refused(outcome, module, value, place):
    program = module(PROGRAM).Program()
    program.part = ATTRIBUTES_THAT_ARE_REFUSED[place](value)

    assert "Program.part" in outcome(program)


OBJECTS_OF_PYTHONS = {
    "named tuple": lambda v: programs.Login("me", v),
    "deque": lambda v: collections.deque([{"api_key": v}]),
    "ordered mapping": lambda v: collections.OrderedDict(api_key=v),
    "mapping with a default": lambda v: collections.defaultdict(str, api_key=v),
    "namespace": lambda v: types.SimpleNamespace(api_key=v),
    "slots": lambda v: programs.Slotted("http://host", v),
    "read-only mapping": lambda v: types.MappingProxyType({"api_key": v}),
    "exception": lambda v: ValueError({"api_key": v}),
    "method to call": lambda v: operator.methodcaller("login", password=v),
}


@pytest.mark.parametrize("kind", OBJECTS_OF_PYTHONS)
def test_objects_without_plain_attributes_give_nothing_away(outcome, module, value, kind):
    program = module(PROGRAM).Program()
    program.part = OBJECTS_OF_PYTHONS[kind](value)

    said = outcome(program)

    assert said == "saved" or "Program.part" in said


def zipped(text):
    path = Path("packed.zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inside", text * 3)
    return path.read_bytes()


WAYS_TO_HIDE = {
    "in a sentence": lambda v: f"use {v}!",
    "as a key": lambda v: {v: 1},
    "base64": lambda v: base64.b64encode(b"x" + v.encode()).decode(),
    "hexadecimal": lambda v: v.encode().hex(),
    "packed": zipped,
    "an example": lambda v: dspy.Example(question=v),
}


@pytest.mark.parametrize("variable", ["VENDOR_TOKEN", "DATABASE_URL"])
@pytest.mark.parametrize("way", WAYS_TO_HIDE)
def test_the_environments_credentials_are_refused(
    outcome, module, value, monkeypatch, variable, way
):
    url = f"postgresql://me:{value}@host/db"
    monkeypatch.setenv(variable, url if variable == "DATABASE_URL" else value)
    program = module(PROGRAM).Program()
    program.notes = WAYS_TO_HIDE[way](value)

    assert variable in outcome(program)


def session(value):
    made = importlib.import_module("requests").Session()
    made.headers["X-Team"] = value
    return made


SESSIONS = {
    "requests.Session": session,
    "httpx.Headers": lambda v: importlib.import_module("httpx").Headers({"X-Team": v}),
    "openai.OpenAI": lambda v: importlib.import_module("openai").OpenAI(api_key=v),
}


@pytest.mark.parametrize("kind", SESSIONS)
def test_clients_are_refused(outcome, module, value, kind):
    program = module(PROGRAM).Program()
    program.session = SESSIONS[kind](value)

    assert "Program.session" in outcome(program)


CODE_THAT_IS_REFUSED = {
    "global that nothing uses": "API_TOKEN = {!r}\n",
    "environment": "import os\nos.environ['SEARCH_API_KEY'] = {!r}\n",
    "default of getenv": "import os\nKEY = os.getenv('SEARCH_API_KEY', {!r})\n",
    "variable of a function": "def f():\n    password = {!r}\n",
    "argument of a call": "def f(use):\n    use(api_key={!r})\n",
    "default of an argument": "def f(api_key={!r}):\n    pass\n",
    "key of a dict": "def f():\n    return {{'Authorization': {!r}}}\n",
    "attribute of a class": "class C:\n    token = {!r}\n",
    "attribute of a metaclass": "class M(type):\n    secret = {!r}\n",
    "member of an enum": "import enum\nclass E(enum.Enum):\n    API_KEY = {!r}\n",
    "default of a field": "import dspy\nclass S(dspy.Signature):\n    q: str = dspy.InputField()\n"
    "    api_key: str = dspy.InputField(default={!r})\n    a: str = dspy.OutputField()\n",
    "comment": "# api_key = {!r}\n",
    "one of two": "def f(use, os):\n    use(api_key=os.getenv('K') or {!r})\n",
    "choice": "def f(use, given):\n    password = given if given else {!r}\n    use(password)\n",
    "secret of pydantic's": "from pydantic import SecretStr\nKEYS = dict(api_key=SecretStr({!r}))\n",
    "stripped": "def f():\n    api_key = {!r}.strip()\n    return api_key\n",
    "factory of a field": "import dataclasses\n@dataclasses.dataclass\nclass C:\n"
    "    api_key: str = dataclasses.field(default_factory=lambda: {!r})\n",
    "result of a function": "def get_api_key():\n    return {!r}\n",
    "result of a property": "class C:\n    @property\n    def api_key(self):\n        return {!r}\n",
    "setter": "def f(client):\n    client.set_api_key({!r})\n",
    "login": "def f(auth):\n    return auth.HTTPBasicAuth('me', {!r})\n",
    "headers of a call": "def f(get):\n    return get('u', headers={{'X-Team': {!r}}})\n",
    "YAML in code": 'CONFIG = """\napi_key: {}\n"""\n',
    "JSON in code": 'CONFIG = \'{{"api_key": "{}"}}\'\n',
    "description": '"""About.\n\napi_key = {}\n"""\n',
    "bare comment": "# export OPENAI_API_KEY={}\n",
    "comparison": "def f(password):\n    return password == {!r}\n",
    "loop": "def f(use):\n    for api_key in [{!r}]:\n        use(api_key)\n",
    "option": "def f(parser):\n    parser.add_argument('--api-key', default={!r})\n",
    "pairs": "OPTIONS = dict([('api_key', {!r})])\n",
    "two at once": "USER, PASSWORD = 'me', {!r}\n",
}


@pytest.mark.parametrize("place", CODE_THAT_IS_REFUSED)
def test_code_that_is_refused(outcome, module, value, place):
    program = module(CODE_THAT_IS_REFUSED[place].format(value) + PROGRAM).Program()

    said = outcome(program)

    assert "was not saved" in said


@pytest.mark.parametrize("way", ["import {} as c", "from {} import PASSWORD as c"])
def test_a_module_of_settings_is_looked_at(outcome, module, value, way):
    name = f"settings_{canary()[:8]}"
    module(f"PASSWORD = {value!r}\n", name)
    code = f"{way.format(name)}\n{PROGRAM}\n        return c\n"

    assert f"{name}.py" in outcome(module(code).Program())


def test_a_module_of_settings_may_read_the_environment(outcome, module, value, monkeypatch):
    monkeypatch.setenv("ACME", value)
    name = f"settings_{canary()[:8]}"
    module("import os\nPASSWORD = os.environ.get('ACME')\n", name)

    assert (
        outcome(module(f"import {name} as c\n{PROGRAM}\n        return c\n").Program()) == "saved"
    )


CLOSURES = {
    "cell": "def make(api_key):\n    def search(query: str):\n        return api_key\n    return search",
    "object": "class Keys:\n    pass\ndef make(value):\n    keys = Keys()\n    keys.token = value\n"
    "    def search(query: str):\n        return keys\n    return search",
    "dict": "def make(value):\n    options = {'password': value}\n    def search(query: str):\n"
    "        return options\n    return search",
    "default": "def make(value):\n    def search(query: str, token: str = value):\n"
    "        return token\n    return search",
    "method": "class Keys:\n    def __init__(self, token):\n        self.token = token\n"
    "    def search(self, query: str):\n        return query\ndef make(value):\n"
    "    return Keys(value).search",
}


@pytest.mark.parametrize("place", CLOSURES)
def test_tools(outcome, module, value, place, serialization_format):
    tool = module(CLOSURES[place]).make(value)
    agent = dspy.ReAct("question -> answer", tools=[tool])

    said = outcome(agent)

    if place == "default":  # the prompt would show it to the language model
        assert "ReAct.tools['search']" in said
    elif serialization_format == "cloudpickle" or place == "method":
        assert said == "saved"
    else:
        assert "ReAct.tools['search'].func" in said


ARGUMENTS = {
    "metadata": lambda v: {"metadata": {"a": [{"password": v}]}},
    "model_config": lambda v: {"model_config": {"api_key": v}},
    "input_example": lambda v: {"input_example": {"question": "?", "api_key": v}},
    "index with a password": lambda v: {
        "pip_requirements": [f"--extra-index-url https://u:{v}@host/simple", "dspy"]
    },
    "index with a token": lambda v: {"pip_requirements": [f"-i https://{v}@host/simple", "dspy"]},
    "repository with a token": lambda v: {
        "extra_pip_requirements": [f"part @ git+https://{v}@host/part"]
    },
    "file of requirements": lambda v: {"pip_requirements": file_with(f"-i https://{v}@host/s\n")},
    "file of constraints": lambda v: {
        "pip_requirements": ["dspy", f"-c {file_with(f'p @ https://{v}@host/p.whl')}"]
    },
    "channel of conda": lambda v: {"conda_env": conda(channels=[f"https://host/t/{v}/main"])},
    "variable of conda": lambda v: {"conda_env": conda(variables={"API_KEY": v})},
    "code": lambda v: {"code_paths": folder_with("a.py", f"API_KEY = {v!r}\n")},
    "YAML beside code": lambda v: {"code_paths": folder_with("a.yaml", f"db:\n  password: {v}\n")},
    "JSON beside code": lambda v: {"code_paths": folder_with("a.json", json.dumps({"token": v}))},
    "INI beside code": lambda v: {"code_paths": folder_with("a.ini", f"[db]\npassword={v}\n")},
    ".env beside code": lambda v: {"code_paths": folder_with(".env", f"ANYTHING={v}\n")},
    "notebook beside code": lambda v: {
        "code_paths": folder_with("a.ipynb", json.dumps({"source": [f"api_key = '{v}'\n"]}))
    },
}


def file_with(text):
    path = Path("requirements-of-test.txt").absolute()
    path.write_text(text)
    return str(path)


def folder_with(name, text):
    folder = Path("code_paths").absolute()
    folder.mkdir()
    (folder / name).write_text(text)
    return [str(folder)]


def conda(**more):
    return {"name": "x", "dependencies": ["python=3.11", "pip", {"pip": ["dspy"]}], **more}


@pytest.mark.parametrize("argument", ARGUMENTS)
def test_arguments_are_refused(outcome, value, capfd, argument):
    said = outcome(dspy.Predict("question -> answer"), **ARGUMENTS[argument](value))

    assert "was not saved" in said
    assert value not in "".join(capfd.readouterr())


def test_pip_may_fill_in_a_token_from_the_environment(outcome):
    index = "--extra-index-url https://${INDEX_TOKEN}@host/simple"

    assert outcome(dspy.Predict("a -> b"), pip_requirements=[index, "dspy"]) == "saved"


def test_files_of_credentials_in_a_package_stay_behind(module, outcome, tmp_path, value):
    package = tmp_path / "code_of_user" / f"package_{canary()[:8]}"
    package.mkdir()
    (package / "__init__.py").write_text(PROGRAM)
    for name in (".env", "prod.env", "credentials.json", "secrets.toml", "server.pem", ".pgpass"):
        (package / name).write_text(value)

    assert outcome(importlib.import_module(package.name).Program()) == "saved"


def test_a_secret_of_pydantics_is_read_from_the_variable_that_its_holder_is_called_by(
    module, outcome, tmp_path, value, monkeypatch
):
    program = module(PROGRAM).Program()
    program.search_api_key = SecretStr(value)

    assert outcome(program) == "saved"
    monkeypatch.setenv("SEARCH_API_KEY", "another")
    loaded = dspy_flavor.load_model(str(tmp_path / "saved"))

    assert loaded.search_api_key.get_secret_value() == "another"


def test_a_notebooks_functions_are_looked_at(outcome, value):
    """A notebook has no file; Python's linecache holds its cells."""
    import linecache

    code = f"import dspy\ndef search(query: str):\n    api_key = {value!r}\n    return api_key\n"
    linecache.cache["<ipython-input-1>"] = (len(code), None, code.splitlines(keepends=True), "")
    cell = types.ModuleType("__main__")
    exec(compile(code, "<ipython-input-1>", "exec"), vars(cell))

    said = outcome(dspy.ReAct("question -> answer", tools=[cell.search]))

    assert "api_key" in said


HARMLESS = """
import dspy

API_KEY_NAME = "OPENAI_API_KEY"
token = "a description of the token to look for"

class Tagger(dspy.Signature):
    token: str = dspy.InputField(desc="the-token-to-classify-in-text")
    max_tokens: int = dspy.InputField(default=12)
    label: str = dspy.OutputField()

def call(use, password_field="password_input", api_key="not-needed"):
    return use(secret_name="projects/one/secrets/two", token_type="bearer-or-basic-auth")
"""


def test_what_only_sounds_like_a_credential_is_kept(outcome, module):
    made = module(HARMLESS + PROGRAM)
    program = made.Program()
    program.tag = dspy.Predict(made.Tagger)
    program.tag.demos = [dspy.Example(token="internationalization", label="noun")]
    program.output_key = "the_answer_of_it"

    assert outcome(program) == "saved"


@pytest.mark.parametrize("policy", ["raise", "return"])
def test_an_error_does_not_repeat_a_credential(endpoint, settings, value, policy):
    """Providers repeat the key that they refuse; a scoring server sends errors to its callers."""
    import traceback

    from dspy_flavor.model import ProgramModel

    settings["lm"] = dspy.LM(
        "openai/x", api_base=endpoint.url, api_key=value, cache=False, num_retries=0
    )
    endpoint.fail = lambda _: True
    endpoint.refusal = f"Incorrect API key provided: {value}"
    model = ProgramModel(dspy.Predict("question -> answer"), {})

    try:
        said = json.dumps(model.predict(["a", "b"], params={"on_error": policy}))
    except MlflowException:
        said = traceback.format_exc()

    assert "Incorrect API key provided: [left out]" in said
    assert value not in said
