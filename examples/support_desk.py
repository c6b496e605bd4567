"""A typed program of several steps: sort a customer's message, then answer it.

String and class signatures, a pydantic type, a Literal and numbers: hover over any of them.
"""

import dspy
from offline_lm import offline_lm
from pydantic import BaseModel

dspy.configure(lm=offline_lm())


class Article(BaseModel):
    title: str
    body: str


class Reply(dspy.Signature):
    """Answer the customer in two sentences, from the articles alone."""

    message: str = dspy.InputField(desc="what the customer wrote")
    articles: list[Article] = dspy.InputField(desc="help pages that may hold the answer")
    reply: str = dspy.OutputField()
    confidence: float = dspy.OutputField(desc="between 0 and 1")


class SupportDesk(dspy.Module):
    def __init__(self, articles: list[Article] | None = None):
        super().__init__()
        self.articles = articles or [
            Article(title="Invoices", body="Invoices are sent on the first of each month."),
            Article(title="Passwords", body="Reset your password from the sign-in page."),
        ]
        self.sort = dspy.Predict(
            "message -> topic: Literal['invoices', 'passwords', 'other'], urgent: bool"
        )
        self.reply = dspy.ChainOfThought(Reply)

    def forward(self, message: str):
        sorted_message = self.sort(message=message)
        chosen = [a for a in self.articles if a.title.lower() == sorted_message.topic]
        answer = self.reply(message=message, articles=chosen or self.articles)
        return dspy.Prediction(
            topic=sorted_message.topic,
            urgent=sorted_message.urgent,
            reply=answer.reply,
            confidence=answer.confidence,
        )


desk = SupportDesk()

if __name__ == "__main__":
    print(desk(message="When do I get my invoices?"))
