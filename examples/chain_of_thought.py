"""The smallest program worth keeping: one module, one signature.

Put the caret on `CoT` and ask for code actions: "Log `CoT` to MLflow".
"""

import dspy
from offline_lm import offline_lm

# The offline stand-in needs no key. For a real model: lm = dspy.LM("openai/gpt-4o-mini")
lm = offline_lm()
dspy.settings.configure(lm=lm)


class CoT(dspy.Module):
    def __init__(self):
        super().__init__()
        self.prog = dspy.ChainOfThought("question -> answer")

    def forward(self, question):
        return self.prog(question=question)


dspy_model = CoT()

if __name__ == "__main__":
    print(dspy_model(question="What kind of bear is best?").answer)
