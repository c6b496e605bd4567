"""Signatures and modules that inherit."""
import dspy


class Document(dspy.Signature):
    """Work on a document."""

    document: str = dspy.InputField()


class Summarize(Document):
    """Summarize the document."""

    length: int = dspy.InputField()
    summary: str = dspy.OutputField()


class Keywords(Summarize):
    """Also list keywords."""

    keywords: list[str] = dspy.OutputField()


class Step(dspy.Module):
    def __init__(self, signature):
        super().__init__()
        self.run = dspy.Predict(signature)


class KeywordStep(Step):
    def __init__(self):
        super().__init__(Keywords)
        self.keywords = dspy.ChainOfThought(Keywords)

    def forward(self, document, length=100):
        found = self.keywords(document=document, length=length)
        return dspy.Prediction(keywords=found.keywords, summary=found.summary)


step = KeywordStep()
print(step(document="…").keywords, step("…", 50).summary)
