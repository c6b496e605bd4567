"""The structure of a web service, without needing its framework."""
from dataclasses import dataclass

import dspy


@dataclass
class Request:
    body: str
    user: str


class Moderation(dspy.Signature):
    """Say whether the comment may be published."""

    comment: str = dspy.InputField()
    author: str = dspy.InputField()
    allowed: bool = dspy.OutputField()
    reason: str = dspy.OutputField()


class ModerationService:
    def __init__(self, lm: dspy.LM):
        self.lm = lm
        self.program = dspy.ChainOfThought(Moderation)

    def handle(self, request: Request) -> dict:
        with dspy.context(lm=self.lm):
            verdict = self.program(comment=request.body, author=request.user)
        return {"allowed": verdict.allowed, "reason": verdict.reason, "why": verdict.reasoning}


service = ModerationService(dspy.LM("openai/gpt-4o-mini", temperature=0.0, max_tokens=500))
print(service.handle(Request(body="hello", user="ann")))
