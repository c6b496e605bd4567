"""A compiled program: its demos and instructions come from a file, as an optimizer left them."""

from pathlib import Path

import dspy
from offline_lm import offline_lm

dspy.configure(lm=offline_lm())

STATE = Path(__file__).with_name("compiled_state.json")


class Trivia(dspy.Module):
    def __init__(self):
        super().__init__()
        self.answer = dspy.ChainOfThought("question -> answer")

    def forward(self, question):
        return self.answer(question=question)


def exact_match(example, prediction, trace=None):
    return example.answer.lower() == prediction.answer.lower()


TRAINSET = [
    dspy.Example(question="What is 2 + 2?", answer="4").with_inputs("question"),
    dspy.Example(question="What is the capital of France?", answer="Paris").with_inputs("question"),
    dspy.Example(question="Who wrote Hamlet?", answer="William Shakespeare").with_inputs(
        "question"
    ),
]

trivia = Trivia()
if STATE.exists():
    trivia.load(STATE)

if __name__ == "__main__":
    optimizer = dspy.BootstrapFewShot(metric=exact_match, max_bootstrapped_demos=3)
    optimizer.compile(Trivia(), trainset=TRAINSET).save(STATE)
    print(f"wrote {STATE.name}")
