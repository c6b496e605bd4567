"""The way programs were written for DSPy 2.x, still accepted."""
import dspy
from dspy.teleprompt import BootstrapFewShot


class GenerateAnswer(dspy.Signature):
    """Answer questions with short factoid answers."""

    context = dspy.InputField(desc="may contain relevant facts")
    question = dspy.InputField()
    answer = dspy.OutputField(desc="often between 1 and 5 words")


class SimpleRAG(dspy.Module):
    def __init__(self, num_passages=3):
        super().__init__()
        self.retrieve = dspy.Retrieve(k=num_passages)
        self.generate_answer = dspy.ChainOfThought(GenerateAnswer)

    def forward(self, question):
        context = self.retrieve(question).passages
        prediction = self.generate_answer(context=context, question=question)
        return dspy.Prediction(context=context, answer=prediction.answer)


def validate(example, pred, trace=None):
    return example.answer in pred.answer and bool(pred.context)


examples = [dspy.Example(question="Who?", answer="Me").with_inputs("question")]
compiled = BootstrapFewShot(metric=validate).compile(SimpleRAG(), trainset=examples)
print(compiled(question="Who?").answer)
print(compiled("Who?").context)
