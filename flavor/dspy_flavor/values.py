"""Objects of Python's, numpy's and DSPy's own, from the nodes of the `source` format."""

import base64
import binascii
import collections
import datetime as dt
import io
import logging
import re
import threading
import types
import uuid
from collections.abc import Callable
from typing import Any

from .errors import damaged

Read = Callable[[Any], Any]
_LOCKS: dict[str, Any] = {
    "Event": threading.Event,
    "Lock": threading.Lock,
    "RLock": threading.RLock,
}
_MAPPINGS: dict[str, Any] = {
    "Counter": collections.Counter,
    "OrderedDict": collections.OrderedDict,
    "defaultdict": collections.defaultdict,
}


def value_kinds(read: Read) -> dict[str, Callable[[dict[str, Any]], Any]]:
    """Return, by key, what makes a value of a node; `read` makes what it holds."""
    return {
        "$array": _array,
        "$complex": lambda node: complex(*node["$complex"]),
        "$deque": lambda node: collections.deque(read(node["$deque"]), node["maxlen"]),
        "$lock": lambda node: _LOCKS[node["$lock"]](),
        "$logger": lambda node: logging.getLogger(str(node["$logger"])),
        "$mapping": lambda node: _mapping(node, read),
        "$namespace": lambda node: types.SimpleNamespace(**dict(_pairs(node["$namespace"], read))),
        "$pattern": lambda node: re.compile(node["$pattern"], node["flags"]),
        "$range": lambda node: range(*node["$range"]),
        "$reward": lambda node: _reward(read(node["$reward"])),
        "$batching": lambda node: _batching(node, read),
        "$time": lambda node: dt.time.fromisoformat(node["$time"]),
        "$timedelta": lambda node: dt.timedelta(*node["$timedelta"]),
        "$uuid": lambda node: uuid.UUID(node["$uuid"]),
    }


def _pairs(items: list[Any], read: Read) -> list[tuple[Any, Any]]:
    return [(read(key), read(value)) for key, value in items]


def _mapping(node: dict[str, Any], read: Read) -> Any:
    made = _MAPPINGS[node["$mapping"]]()
    if "factory" in node:
        made.default_factory = read(node["factory"])
    for key, value in _pairs(node["items"], read):
        made[key] = value
    return made


def _array(node: dict[str, Any]) -> Any:
    import numpy as np

    try:
        data = base64.b64decode(node["$array"], validate=True)
        array = np.load(io.BytesIO(data), allow_pickle=False)
    except (binascii.Error, OSError, EOFError) as error:
        raise damaged(f"An array of this model cannot be read: {error}") from error
    return array[()] if node.get("scalar") else array


def _batching(node: dict[str, Any], read: Read) -> Any:
    """Make what gathers the queries of a retriever: it has a thread of its own, begun anew."""
    from dspy.utils.unbatchify import Unbatchify

    return Unbatchify(read(node["$batching"]), *node["arguments"])


def _reward(function: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a reward as `dspy.BestOfN` does, so that it is no parameter of the module."""
    return function
