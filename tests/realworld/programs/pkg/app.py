"""The package's entry point."""
from pkg import Answerer
from pkg.signatures import Question
import dspy

answerer = Answerer()
outcome = answerer(question="?", context=["a", "b"])
print(outcome.answer, outcome.citations, outcome.label)
direct = dspy.Predict(Question)
print(direct(question="?", context=[]).citations)
