"""Predictions that get further values on their way: by assignment, in a helper, in a loop."""

import time

import dspy

answer = dspy.ChainOfThought("question -> answer, confidence: float")


def timed(question: str) -> dspy.Prediction:
    begin = time.perf_counter()
    prediction = answer(question=question)
    prediction.seconds = time.perf_counter() - begin
    return prediction


def tag(prediction, source):
    setattr(prediction, "source", source)
    prediction["checked"] = False


class Ranked(dspy.Module):
    def __init__(self):
        super().__init__()
        self.propose = dspy.Predict("question -> proposals: list[str]")

    def forward(self, question):
        ranked = dspy.Prediction(proposals=self.propose(question=question).proposals)
        ranked.best = ranked.proposals[0]
        return ranked


first = timed("Who wrote Faust?")
print(first.seconds, first.answer)

second = answer(question="When?")
tag(second, "almanac")
print(second.source, second["checked"])

third = answer(question="Where?")
third.rank = 1
print(third.rank, third.confidence)
print(Ranked()(question="Which?").best)
