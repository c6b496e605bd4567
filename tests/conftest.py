"""What tests of several rooms share: their environment, and a real HTTP endpoint for the LM."""

import json
import os
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

OUTPUT_FIELD = re.compile(r"^\d+\. `(\w+)` ", re.MULTILINE)


def completion(request: dict[str, Any], words: str = "the {}") -> dict[str, Any]:
    """Answer every output field that DSPy's prompt asks for, with its own name by default."""
    prompt = str(request["messages"][0]["content"])
    names = OUTPUT_FIELD.findall(prompt.partition("output fields are:")[2])
    text = "\n\n".join(f"[[ ## {name} ## ]]\n{words.format(name)}" for name in names)
    message = {"role": "assistant", "content": f"{text}\n\n[[ ## completed ## ]]"}
    return {
        "id": "completion-1",
        "object": "chat.completion",
        "created": 0,
        "model": request["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
    }


def chunks(request: dict[str, Any], words: str, piece: str) -> str:
    """The same answer in pieces that a pattern tells, as server-sent events."""
    whole = completion(request, words)
    text = whole["choices"][0]["message"]["content"]
    deltas: list[dict[str, Any]] = [{"content": word} for word in re.findall(piece, text)]
    events = []
    for delta in [*deltas, {}]:
        choice = {"index": 0, "delta": delta, "finish_reason": None if delta else "stop"}
        events.append({**whole, "object": "chat.completion.chunk", "choices": [choice]})
        events[-1].pop("usage")
    events.append({**events[-1], "choices": [], "usage": whole["usage"]})
    return "".join(f"data: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n"


class Endpoint(ThreadingHTTPServer):
    """The endpoint, and the requests that reached it."""

    streams = False
    """Whether it does as it is told when a request wants the answer in pieces."""

    words = "the {}"
    """What it answers for an output field of a name."""
    piece = r"\S+\s*"
    """A piece of a streamed answer: a word."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str] = []
        """The key that each request came with."""

    @property
    def url(self) -> str:
        """What `OPENAI_API_BASE` is set to."""
        return f"http://127.0.0.1:{self.server_port}/v1"


class Handler(BaseHTTPRequestHandler):
    """One request: JSON in, JSON out."""

    server: Endpoint

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        request = json.loads(body)
        self.server.requests.append(request)
        self.server.keys.append(str(self.headers["Authorization"]).removeprefix("Bearer "))
        streams = self.server.streams and request.get("stream")
        words = self.server.words
        text = chunks(request, words, self.server.piece) if streams else None
        answer = (text or json.dumps(completion(request, words))).encode()
        self.send_response(200)
        kind = "text/event-stream" if streams else "application/json"
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


CHECKOUT = Path(__file__).resolve().parents[1]
TOOLS = frozenset({"node_modules", "build", "dist"})
"""Folders that tools make, beside those whose names begin with a dot."""
STORES = frozenset({"mlruns", "mlartifacts", "mlflow.db"})
"""What MLflow makes in whichever folder is the current one."""
BEFORE, LEFT = pytest.StashKey[set[str]](), pytest.StashKey[list[str]]()


def paths_in(folder: Path) -> set[str]:
    """What is in a checkout's first folder, and MLflow's stores wherever they are.

    Other files may come while tests run: someone is writing them.
    """
    found = set()
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in TOOLS and not name.startswith(".")]
        names = {*folders, *files}
        wanted = names if Path(parent) == folder else names & STORES
        found |= {os.path.relpath(Path(parent, name), folder) for name in wanted}
    return found


def pytest_sessionstart(session: pytest.Session) -> None:
    """Look at the checkout before the first test; with xdist, in the process that leads the others."""
    if not hasattr(session.config, "workerinput"):
        session.config.stash[BEFORE] = paths_in(CHECKOUT)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail where tests left something in the checkout: a store of MLflow's, most of the time."""
    if BEFORE not in session.config.stash:
        return
    left = sorted(paths_in(CHECKOUT) - session.config.stash[BEFORE])
    session.config.stash[LEFT] = left
    if left:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say in the last lines what was left."""
    if left := config.stash.get(LEFT, []):
        names = ", ".join(left[:20])
        terminalreporter.line(f"ERROR: the tests left in the checkout: {names}", red=True)


@pytest.fixture(autouse=True)
def _own_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Undo what a test leaves in the environment, which workers and servers inherit.

    `mlflow.set_experiment` and `mlflow.set_tracking_uri` write there: the next test's worker would
    look for an experiment that its store has never had.
    """
    before = dict(os.environ)
    os.environ["XDG_STATE_HOME"] = str(tmp_path_factory.getbasetemp() / "state")
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def openai_endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    """A running endpoint that the environment's OpenAI settings point to."""
    with Endpoint() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("OPENAI_API_BASE", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", "a-key-for-the-test-endpoint")
        yield server
        server.shutdown()
