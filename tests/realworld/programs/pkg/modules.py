"""The package's modules."""
import dspy

from . import signatures
from .signatures import Question


class Answerer(dspy.Module):
    def __init__(self):
        super().__init__()
        self.answer = dspy.ChainOfThought(Question)
        self.classify = dspy.Predict(signatures.CLASSIFY)

    def forward(self, question: str, context: list[str]):
        label = self.classify(text=question, labels=["easy", "hard"]).label
        answered = self.answer(question=question, context=context)
        return dspy.Prediction(answer=answered.answer, citations=answered.citations, label=label)
