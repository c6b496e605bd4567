"""Objects of Python's, numpy's and DSPy's own that the `source` format keeps, as nodes of JSON."""

import base64
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

from .errors import invalid

Encode = Callable[[Any, str], Any]
_LARGEST_ARRAY = 32 * 1024 * 1024
_LOCKS = {
    type(threading.Lock()): "Lock",
    type(threading.RLock()): "RLock",
    threading.Event: "Event",
}
_MAPPINGS = (collections.OrderedDict, collections.defaultdict, collections.Counter)


def value_node(value: Any, path: str, encode: Encode, pairs: Encode) -> dict[str, Any] | None:
    """Return the node for a value of a known class, or None for others.

    Args:
        value: It.
        path: Where it is.
        encode: Encodes what it holds, at a path.
        pairs: Encodes the items of a mapping, at a path, without credentials.
    """
    kind = type(value)
    if kind in _MAPPINGS:
        node = {"$mapping": kind.__name__, "items": pairs(value, path)}
        if kind is collections.defaultdict:
            node["factory"] = encode(value.default_factory, f"{path}.default_factory")
        return node
    if kind is collections.deque:
        return {"$deque": encode(list(value), path), "maxlen": value.maxlen}
    if kind is types.SimpleNamespace:
        return {"$namespace": pairs(vars(value), path)}
    if kind in _LOCKS:
        return {"$lock": _LOCKS[kind]}
    return _of_text(value) or _of_numpy(value, path)


def _of_text(value: Any) -> dict[str, Any] | None:
    """Return the node for what a short text or a few numbers say."""
    if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
        return {"$pattern": value.pattern, "flags": value.flags}
    if type(value) is logging.Logger:
        return {"$logger": value.name}
    if type(value) is dt.time:
        return {"$time": value.isoformat()}
    if type(value) is dt.timedelta:
        return {"$timedelta": [value.days, value.seconds, value.microseconds]}
    if type(value) is uuid.UUID:
        return {"$uuid": str(value)}
    if type(value) is complex:
        return {"$complex": [value.real, value.imag]}
    if type(value) is range:
        return {"$range": [value.start, value.stop, value.step]}
    return None


def _of_numpy(value: Any, path: str) -> dict[str, Any] | None:
    """Return the node for an array of numbers or texts: in numpy's own form, without a pickle."""
    if type(value).__module__ != "numpy" or not hasattr(value, "dtype"):
        return None
    import numpy as np

    array = np.asarray(value)
    if array.dtype.hasobject:
        return None
    if array.nbytes > _LARGEST_ARRAY:
        raise invalid(
            f"{path} is an array of {array.nbytes // 2**20} MB, more than a model's JSON holds."
            " Read it from a file when it is first used, or use serialization_format='cloudpickle'."
        )
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    node = {"$array": base64.b64encode(buffer.getvalue()).decode()}
    return node if isinstance(value, np.ndarray) else {**node, "scalar": True}


def reward_of(function: Any) -> Any:
    """Return the user's function in what `dspy.BestOfN` and `Refine` wrap around it, or None."""
    if function.__qualname__ not in {"BestOfN.__init__.<locals>.<lambda>", _REFINE}:
        return None
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    return cells["reward_fn"].cell_contents if "reward_fn" in cells else None


_REFINE = "Refine.__init__.<locals>.<lambda>"


def slots_of(value: Any) -> dict[str, Any] | None:
    """Return the attributes of an object that has slots, beside those in its dict."""
    names = [
        name
        for cls in type(value).__mro__
        for name in _as_names(vars(cls).get("__slots__", ()))
        if name not in {"__dict__", "__weakref__"} and hasattr(value, name)
    ]
    if not names:
        return None
    return {**getattr(value, "__dict__", {}), **{name: getattr(value, name) for name in names}}


def _as_names(slots: Any) -> tuple[str, ...]:
    return (slots,) if isinstance(slots, str) else tuple(slots)
