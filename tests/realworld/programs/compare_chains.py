"""Several chains, then one judge."""
import dspy

candidates = dspy.ChainOfThought("question -> answer", n=3)
compare = dspy.MultiChainComparison("question -> answer", M=3)


def answer(question: str) -> str:
    completions = candidates(question=question).completions
    final = compare(completions, question=question)
    print(final.rationale)
    return final.answer
