"""The package's signatures."""
import dspy


class Question(dspy.Signature):
    """Answer from the context."""

    question: str = dspy.InputField()
    context: list[str] = dspy.InputField()
    answer: str = dspy.OutputField()
    citations: list[int] = dspy.OutputField()


CLASSIFY = "text, labels: list[str] -> label"
