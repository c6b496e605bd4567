"""Files full of DSPy of any length, and the trace of a person typing a class into one of them."""

from wire import Key

HEADER = '''"""A long file of DSPy programs, made for measuring."""

from typing import Literal

import dspy
from pydantic import BaseModel

'''

BLOCK = '''
class Item{n}(BaseModel):
    name: str
    score: float


class Rank{n}(dspy.Signature):
    """Rank the candidates by how well they answer the question."""

    question: str = dspy.InputField(desc="what was asked")
    candidates: list[str] = dspy.InputField()
    best: str = dspy.OutputField(desc="the best one, word for word")
    score: float = dspy.OutputField()


class Pipeline{n}(dspy.Module):
    def __init__(self, k: int = 3):
        super().__init__()
        self.k = k
        self.rewrite = dspy.ChainOfThought("question, context: list[str] -> query: str, hops: int")
        self.rank = dspy.Predict(Rank{n})
        self.label = dspy.Predict("text -> label: Literal['good', 'bad'], confidence: float")

    def forward(self, question: str, context: list[str]):
        rewritten = self.rewrite(question=question, context=context)
        candidates = [f"{{rewritten.query}} {{i}}" for i in range(rewritten.hops)]
        ranked = self.rank(question=question, candidates=candidates)
        label = self.label(text=ranked.best)
        if label.confidence < 0.5:
            return dspy.Prediction(answer=ranked.best, label="unsure")
        return dspy.Prediction(answer=ranked.best, label=label.label)


pipeline{n} = Pipeline{n}(k={n})
'''

MISTAKE = 'wrong{n} = dspy.Predict("question -> answer: flot")\n'

TYPED = """class Summarize(dspy.Module):
    def __init__(self):
        super().__init__()
        self.summarize = dspy.ChainOfThought(
            "document, max_words: int -> summary: str, keywords: list[str]"
        )

    def forward(self, document):
        result = self.summarize(document=document, max_words=50)
        return dspy.Prediction(summary=result.summary, keywords=result.keywords)
"""
# A person mistypes now and then: after so many characters, a wrong one and a backspace.
SLIP_EVERY = 37


def document(lines: int, mistakes: int = 20) -> str:
    """A Python file of about `lines` lines, all of it DSPy, with so many mistakes in it."""
    blocks = max(1, (lines - HEADER.count("\n") - mistakes) // BLOCK.count("\n"))
    parts = [HEADER]
    wrong_after = {round(i * blocks / mistakes) for i in range(mistakes)} if mistakes else set()
    for n in range(blocks):
        parts.append(BLOCK.format(n=n))
        if n in wrong_after:
            parts.append(MISTAKE.format(n=n))
    return "".join(parts)


def typing_trace(text: str) -> tuple[str, list[Key]]:
    """Make room in the middle of `text`; return it and the keys that type a class there."""
    lines = text.splitlines(keepends=True)
    middle = len(lines) // 2
    row = next(i for i in range(middle, len(lines)) if lines[i].startswith("class "))
    lines[row:row] = ["\n", "\n", "\n"]
    keys: list[Key] = []
    line, column = row, 0
    for typed, character in enumerate(TYPED, start=1):
        if typed % SLIP_EVERY == 0 and character.isalpha():
            keys += [Key(line, column, 0, "z"), Key(line, column, 1, "")]
        keys.append(Key(line, column, 0, character))
        line, column = (line + 1, 0) if character == "\n" else (line, column + 1)
    return "".join(lines), keys
