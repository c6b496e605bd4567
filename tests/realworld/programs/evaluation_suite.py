"""Evaluate with an LM as judge."""
import dspy
from dspy.evaluate import Evaluate, SemanticF1, answer_exact_match


class Judge(dspy.Signature):
    """Is the answer supported by the facts?"""

    facts: str = dspy.InputField()
    answer: str = dspy.InputField()
    supported: bool = dspy.OutputField()


judge = dspy.ChainOfThought(Judge)
devset = [
    dspy.Example(question="1 + 1?", answer="2", facts="one and one is two").with_inputs("question"),
    dspy.Example(question="2 + 2?", answer="4", facts="two and two is four").with_inputs("question"),
]


def supported(example, pred, trace=None):
    return judge(facts=example.facts, answer=pred.answer).supported


qa = dspy.ChainOfThought("question -> answer")
evaluator = Evaluate(devset=devset, metric=supported, num_threads=2, display_table=5)
result = evaluator(qa)
print(result.score, len(result.results))
Evaluate(devset=devset, metric=answer_exact_match)(qa)
Evaluate(devset=devset, metric=SemanticF1())(qa, num_threads=1)
