"""Programs from functions, with annotations for what comes out."""
from __future__ import annotations

from functools import lru_cache
from typing import Any

import dspy


@lru_cache(maxsize=1)
def tagger() -> dspy.Predict:
    return dspy.Predict("text, allowed: list[str] -> tags: list[str]")


def make(instructions: str, name: str = "Custom") -> dspy.ChainOfThought:
    signature = dspy.Signature("text -> result", instructions, signature_name=name)
    return dspy.ChainOfThought(signature)


def run(program: dspy.Module, **inputs: Any) -> dspy.Prediction:
    return program(**inputs)


print(tagger()(text="…", allowed=["a"]).tags)
print(make("Be brief.")(text="…").result)
print(run(make("Be long."), text="…").result)
