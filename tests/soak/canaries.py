"""Random canaries in every place that holds a secret: none may leave the process of the user's code.

The canaries have no common prefix and no shape. The user's program reads them from a file, so that
they are in the process and not in the text that the editor sends.
"""

import json
import os
import random
import sys
import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from figures import Row
from stores import Workspace
from wire import Editor

PLACES = (
    "environment", "environment set by the program", "api_key", "headers", "extra_headers", "url user",
    "url password", "azure_ad_token", "aws_secret_access_key", "vertex_credentials", "unheard_of",
    "callback", "predictor api_key", "predictor headers", "lm history", "module history", "attribute",
    "nested", "credentials", "closure", "global", "retriever", "adapter", "settings trace", "default",
    "partial", "class attribute", "property", "url query",
)  # fmt: skip
QUIET = {"callback", "lm history", "module history", "settings trace", "property"}
"""Kept out of models because of where they are, and credentials by no name: a program that prints
such a value says no more than it was told to."""
PROGRAM = '''\
import functools, json, logging, os
import dspy
from dspy.utils.callback import BaseCallback

S = json.loads(open("held.json").read())
os.environ["BILLING_SECRET"] = S["environment set by the program"]
SEARCH_TOKEN = S["global"]
H = {{name: value for name, value in S.items() if name not in {quiet!r}}}


class Watcher(BaseCallback):
    def __init__(self, value):
        self.value = value


class Retriever:
    def __init__(self, token):
        self.token = token

    def __call__(self, query, k=3):
        return []


login = f"{{S['url user']}}:{{S['url password']}}@"


def model(prefix=""):
    return dspy.LM(
        "openai/test",
        api_key=S[prefix + "api_key"],
        # Streaming clients refuse a login in the URL beside a key: the LM that is called has none.
        api_base=f"http://{{login if not prefix else ''}}127.0.0.1:{port}/v1?key={{S['url query']}}",
        headers={{"X-Team": S[prefix + "headers"]}},
        extra_headers={{"Authorization": f"Bearer {{S['extra_headers']}}"}},
        azure_ad_token=S["azure_ad_token"],
        aws_secret_access_key=S["aws_secret_access_key"],
        vertex_credentials=json.dumps({{"k": S["vertex_credentials"]}}),
        unheard_of_argument=S["unheard_of"],
        cache=False,
        num_retries=0,
        callbacks=[Watcher(S["callback"])],
    )


def make_tool(token):
    def search(query: str) -> str:
        """Search."""
        return f"{{query}}{{len(token)}}"

    return search


def call(query: str, password: str = S["default"]) -> str:
    """Call."""
    return query + str(len(password)) + str(len(SEARCH_TOKEN))


lm = model()
lm.history.append({{"prompt": S["lm history"]}})
adapter = dspy.ChatAdapter()
adapter.anything = S["adapter"]
dspy.configure(lm=lm, adapter=adapter, rm=Retriever(S["retriever"]), trace=[S["settings trace"]])


class QA(dspy.Module):
    api_token = S["class attribute"]

    def __init__(self):
        super().__init__()
        self.step = dspy.ChainOfThought("question -> answer")
        self.step.set_lm(model("predictor "))
        self.api_key = S["attribute"]
        self.config = {{"search": {{"password": S["nested"]}}}}
        self.client_credentials = {{"user": S["credentials"]}}
        self.tools = [make_tool(S["closure"]), call, functools.partial(call, password=S["partial"])]
        self.history.append({{"prompt": S["module history"]}})
        self._key = S["property"]
        {constructor}

    @property
    def secret(self):
        return self._key

    def forward(self, question):
        {forward}
        return self.step(question=question)
'''
# What a program does that says its secrets aloud, each in its own way.
ALOUD = {
    "nothing": "pass",
    "prints": 'print("using", " ".join(H.values()))',
    "logs": 'logging.getLogger("app").warning("using %s", H)',
    "raises": 'raise ValueError("refused: " + " ".join(H.values()))',
    "raises from": 'raise RuntimeError("refused") from KeyError(str(H))',
    "exits": 'raise SystemExit(" ".join(H.values()))',
    "warns": 'import warnings; warnings.warn(" ".join(H.values()))',
    "writes to the descriptor": "os.write(2, json.dumps(H).encode())",
    "documents": 'type(self).__doc__ = " ".join(H.values())',
    "exception's docstring": 'class Odd(Exception):\n            __doc__ = str(H)\n        raise Odd(S["api_key"])',
}  # fmt: skip


class Echo(ThreadingHTTPServer):
    """A provider that refuses, and repeats what it was sent, as providers like to."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Echo)
        self.asked = 0
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Echo(BaseHTTPRequestHandler):
    server: Echo

    def do_POST(self) -> None:
        self.server.asked += 1
        self.rfile.read(int(self.headers["Content-Length"]))
        message = f"Incorrect key: {dict(self.headers)} at {self.path}"
        body = json.dumps({"error": {"message": message, "code": "invalid_api_key"}}).encode()
        self.send_response(401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


def canary(chance: random.Random) -> str:
    """A value that nobody knows: letters, digits, and what needs escaping in one place or another."""
    letters = "bcdfghjkmnpqrstvwxzBCDFGHJKMNPQRSTVWXZ23456789"
    return "".join(chance.choice(letters) for _ in range(chance.randint(16, 40)))


def everything_in(folders: list[Path], leave_out: set[Path]) -> Iterator[tuple[str, bytes]]:
    """Every file in some folders: a store's database and artifacts, logs, what was left behind."""
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file() and not path.is_symlink() and path not in leave_out:
                yield str(path.relative_to(folder)), path.read_bytes()


def plant(root: Path, chance: random.Random, port: int, **aloud: str) -> tuple[dict[str, str], str]:
    """Write the file that holds the canaries; return them and the program's text."""
    held = {place: canary(chance) for place in PLACES}
    held["predictor api_key"], held["predictor headers"] = canary(chance), canary(chance)
    (root / "held.json").write_text(json.dumps(held))
    text = PROGRAM.format(
        port=port,
        quiet=QUIET,
        constructor=ALOUD[aloud.get("constructor", "nothing")],
        forward=ALOUD[aloud.get("forward", "nothing")],
    )
    return held, text


def session(
    row: Row, seed: int, root: Path, form: str, constructor: str, forward: str
) -> tuple[dict[str, str], dict[str, Any]]:
    """Log, preview, run and look at output in one session; then look for the canaries everywhere."""
    chance = random.Random(seed)
    temporary = root / "temporary"
    temporary.mkdir()
    workspace_folder = root / "workspace"
    workspace_folder.mkdir()
    workspace = Workspace(workspace_folder).made()
    server = Echo()
    held, text = plant(
        workspace_folder, chance, server.server_port, constructor=constructor, forward=forward
    )
    environment = {**os.environ, "SEARCH_API_KEY": held["environment"], "TMPDIR": str(temporary)}
    settings = {
        "interpreter": sys.executable,
        "mlflow": {"trackingUri": workspace.uri},
        "log": {"format": form, "experiment": "programs"},
    }
    editor = Editor(workspace_folder, trusted=True, settings=settings, environment=environment)
    editor.start()
    uri = editor.open("app.py", text)
    answers = {
        "log": editor.execute("dspy.log", uri=uri, name="QA", confirmed=True),
        "run": editor.execute("dspy.run", uri=uri, name="QA", inputs={"question": "q"}, confirmed=True),
        "plan": editor.execute("dspy.plan", uri=uri, name="QA"),
        "output": editor.execute("dspy.showOutput"),
    }  # fmt: skip
    if "result" in answers["log"]:
        editor.execute("dspy.diffLogged", uri=uri, name="QA")
    for method in ("hover", "completion", "signatureHelp"):
        place = {"line": 8 + seed % 40, "character": 12}
        editor.request(f"textDocument/{method}", {"textDocument": {"uri": uri}, "position": place})
    editor.close()
    server.shutdown()
    said = [("what the server said", editor.said())]
    kept = everything_in([workspace_folder, temporary], {workspace_folder / "held.json"})
    what = f"seed {seed}, {form}, constructor {constructor}, forward {forward}"
    for where, data in (*said, *kept):
        row.count("bytes looked at", len(data))
        for place, value in held.items():
            row.count("looks")
            if value.encode() in data:
                at = data.find(value.encode())
                around = data[max(0, at - 200) : at + 60].replace(value.encode(), b"<CANARY>")
                row.problems.append(f"{what}: {place} is in {where}: {around!r}")
    row.count("canaries", len(held))
    row.count("programs logged", "result" in answers["log"])
    row.count("calls that a provider refused", server.asked)
    return held, answers


def campaign(seed: int, sessions: int) -> Row:
    """Plant and look, in both formats and with each way of saying a secret aloud."""
    row = Row("random canaries in every place", "none is anywhere outside the process")
    with row.timed():
        for number in range(seed, seed + sessions):
            chance = random.Random(number)
            names = sorted(ALOUD)
            form = ("source", "cloudpickle")[(number + number // len(names)) % 2]
            constructor = "nothing" if number % 3 else chance.choice(names)
            with tempfile.TemporaryDirectory() as folder:
                root = Path(folder).resolve()
                session(row, number, root, form, constructor, names[number % len(names)])
    return row
