"""Programs that tests log: a module of the user's own, outside any environment."""

import collections
import datetime as dt
import enum
import logging
import re
import threading
import types
import uuid
from typing import Literal, NamedTuple

import dspy
import numpy as np
from pydantic import BaseModel


class Mood(enum.Enum):
    GLAD = "glad"
    SAD = "sad"


class Person(BaseModel):
    name: str
    age: int = 0


class CoT(dspy.Module):
    def __init__(self):
        super().__init__()
        self.prog = dspy.ChainOfThought("question -> answer")

    def forward(self, question):
        return self.prog(question=question)


class Triage(dspy.Signature):
    """Sort a ticket."""

    ticket: str = dspy.InputField(desc="what the customer writes")
    customer: Person = dspy.InputField()
    urgency: int = dspy.OutputField()
    topic: Literal["billing", "technical"] = dspy.OutputField()


class Desk(dspy.Module):
    def __init__(self):
        super().__init__()
        self.triage = dspy.Predict(Triage)
        self.answer = dspy.ChainOfThought("ticket: str, topic: str -> reply: str")

    def forward(self, ticket: str, customer: Person, tone: str = "kind"):  # noqa: ARG002
        sorted_ticket = self.triage(ticket=ticket, customer=customer)
        reply = self.answer(ticket=ticket, topic=sorted_ticket.topic)
        return dspy.Prediction(urgency=sorted_ticket.urgency, reply=reply.reply)


class Place(BaseModel):
    name: str
    height: float


class Search(dspy.Module):
    """Has optional inputs of each kind, and says what it was given."""

    def __init__(self):
        super().__init__()
        self.answer = dspy.Predict("question -> answer")

    def forward(self, question: str, k: int = 3, share: float = 0.5, place: Place | None = None):
        return dspy.Prediction(given=f"{question} {k!r} {share!r} {place!r}")


class Awaited(dspy.Module):
    """Can only be awaited."""

    def __init__(self):
        super().__init__()
        self.answer = dspy.Predict("question -> answer")

    async def aforward(self, question: str):
        return await self.answer.acall(question=question)


class ByPlace(dspy.Module):
    """Takes its input by place."""

    def __init__(self):
        super().__init__()
        self.answer = dspy.Predict("question -> answer")

    def forward(self, question: str, /):
        return self.answer(question=question)


class Judge(dspy.Module):
    """Takes an input whose name says password."""

    def __init__(self):
        super().__init__()
        self.judge = dspy.Predict("user, password -> strength: int")

    def forward(self, user: str, password: str):
        return self.judge(user=user, password=password)


def get_weather(city: str) -> str:
    """Return the weather in a city."""
    return f"rain in {city}"


class Chat(dspy.Module):
    def __init__(self):
        super().__init__()
        self.respond = dspy.Predict("question -> answer")

    def forward(self, messages):
        return self.respond(question=messages[-1]["content"])


class Plain:
    """An object that holds what a test puts into it."""


class Slotted:
    """An object without a dict of attributes."""

    __slots__ = ("api_key", "url")

    def __init__(self, url, api_key):
        self.url, self.api_key = url, api_key


class Login(NamedTuple):
    user: str
    password: str


def with_key(api_key: str, query: str) -> str:
    return f"{query}{len(api_key)}"


class Retriever:
    def __init__(self, token):
        self.token = token

    def __call__(self, query, k=3):  # noqa: ARG002
        return []


def tool_with(token):
    def search(query: str) -> str:
        """Search."""
        return f"{query}{len(token)}"

    return search


class Counter:
    """A tool that several threads may use."""

    def __init__(self):
        self.lock = threading.Lock()
        self.counted = 0

    def count(self, item: str) -> str:
        """Count an item."""
        with self.lock:
            self.counted += 1
            return f"{self.counted} {item}"


def vectors(texts):
    """Tell texts apart by their first letter."""
    return np.array([[float(ord(text[0]) == ord(letter)) for letter in "abc"] for text in texts])


class Rag(dspy.Module):
    """Looks for passages with DSPy's own retriever."""

    def __init__(self):
        super().__init__()
        embedder = dspy.Embedder(vectors)
        self.search = dspy.retrievers.Embeddings(
            corpus=["alpha", "beta", "chi"], embedder=embedder, k=1
        )
        self.answer = dspy.Predict("context, question -> answer")

    def forward(self, question: str):
        return self.answer(context=self.search(question).passages, question=question)


def short(inputs, prediction):
    """Reward short answers."""
    return float(len(prediction.answer) < 100)


class Spot(NamedTuple):
    line: int
    text: str


class Held(dspy.Module):
    """Holds an object of each kind that Python and numpy have."""

    def __init__(self):
        super().__init__()
        self.answer = dspy.Predict("question -> answer")
        self.values = {
            "pattern": re.compile("a+", re.IGNORECASE),
            "logger": logging.getLogger("acme"),
            "ordered": collections.OrderedDict(b=1, a=2),
            "default": collections.defaultdict(list, a=[1]),
            "counter": collections.Counter("aab"),
            "deque": collections.deque([1, 2], maxlen=2),
            "namespace": types.SimpleNamespace(k=3),
            "spot": Spot(1, "x"),
            "time": dt.time(1, 2),
            "delta": dt.timedelta(days=1, seconds=2),
            "uuid": uuid.UUID(int=7),
            "complex": complex(1, 2),
            "range": range(1, 9, 2),
            "array": np.arange(6.0).reshape(2, 3),
            "scalar": np.float32(1.5),
            "texts": np.array(["a", "bc"]),
            "slotted": Slotted("http://host", "none"),
        }
        self.lock = threading.RLock()
        self.stop = threading.Event()
        self.parallel = dspy.Parallel(num_threads=2)
