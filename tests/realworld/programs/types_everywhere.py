"""The types that a string can carry."""
import enum
from dataclasses import dataclass
from typing import Literal, Optional

import dspy
from pydantic import BaseModel


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Person(BaseModel):
    name: str
    age: Optional[int] = None


@dataclass
class Point:
    x: float
    y: float


paint = dspy.Predict("description -> colour: Colour")
people = dspy.Predict("text -> person: Person, others: list[str]")
locate = dspy.Predict("map_text: str, scale: float -> point: Point")
mixed = dspy.Predict(
    "data: dict[str, int], flags: tuple[bool, bool], maybe: Optional[str] -> "
    "kind: Literal['a', 'b'], numbers: list[float], either: int | str"
)
explicit = dspy.Signature("text -> people: list[Person]", custom_types={"Person": Person})

print(paint(description="like the sky").colour)
print(people(text="…").person.name, people(text="…").others)
print(locate(map_text="…", scale=0.5).point.x)
print(mixed(data={"a": 1}, flags=(True, False), maybe=None).numbers)
print(dspy.Predict(explicit)(text="…").people)
