"""Names that are bound differently on different paths."""
import os

import dspy

if os.environ.get("THINK"):
    qa = dspy.ChainOfThought("question -> answer")
else:
    qa = dspy.Predict("question, hint -> answer, source")

print(qa(question="?", hint="!").answer)


class Flexible(dspy.Module):
    def __init__(self, mode):
        super().__init__()
        if mode == "cot":
            self.run = dspy.ChainOfThought("text -> label")
        elif mode == "agent":
            self.run = dspy.ReAct("text -> label", tools=[])
        else:
            self.run = dspy.Predict("text, style -> label, tone")

    def forward(self, text):
        result = self.run(text=text)
        return result.label


def build(kind):
    signature = "a -> b" if kind else "a, c -> b, d"
    return dspy.Predict(signature)


print(build(True)(a="1").b)
