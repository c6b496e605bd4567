"""Optimising a classifier with MIPROv2, and judging it before and after."""
import dspy
from dspy.evaluate import Evaluate

LABELS = ("billing", "technical", "other")

trainset = [
    dspy.Example(ticket="I was charged twice", label="billing").with_inputs("ticket"),
    dspy.Example(ticket="It does not start", label="technical").with_inputs("ticket"),
    dspy.Example(ticket="Hello", label="other").with_inputs("ticket"),
]


class Triage(dspy.Module):
    def __init__(self):
        self.predict = dspy.ChainOfThought("ticket -> label")

    def forward(self, ticket):
        return self.predict(ticket=ticket)


def exact(example, prediction, trace=None):
    return example.label == prediction.label


evaluate = Evaluate(devset=trainset, metric=exact, num_threads=4, display_progress=True)
student = Triage()
before = evaluate(student)
optimizer = dspy.MIPROv2(metric=exact, auto="light", num_threads=4)
better = optimizer.compile(student, trainset=trainset, max_bootstrapped_demos=2)
after = evaluate(better)
print(before.score, after.score)
better.save("triage.json")
