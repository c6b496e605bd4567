"""The same name, again and again, as in a script that grew."""
import dspy


class Answer(dspy.Signature):
    """First attempt."""

    question: str = dspy.InputField()
    answer: str = dspy.OutputField()


program = dspy.Predict(Answer)
print(program(question="?").answer)


class Answer(dspy.Signature):
    """Second attempt, with context."""

    question: str = dspy.InputField()
    context: str = dspy.InputField()
    response: str = dspy.OutputField()


program = dspy.ChainOfThought(Answer)
result = program(question="?", context="…")
print(result.response, result.reasoning)
program = dspy.Predict("text -> label")
print(program(text="x").label)
