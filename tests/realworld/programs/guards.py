"""Outputs that may be there or not, asked for politely."""
import dspy

qa = dspy.Predict("question -> answer")
cot = dspy.ChainOfThought("question -> answer")


def explain(question: str, think: bool) -> str:
    program = cot if think else qa
    result = program(question=question)
    if hasattr(result, "reasoning"):
        return result.reasoning
    return result.answer


def confidence(question: str) -> float:
    result = qa(question=question)
    try:
        return float(result.confidence)
    except AttributeError:
        return 0.0


def extra(question: str):
    result = qa(question=question)
    if "score" in result:
        return result["score"]
    return getattr(result, "rating", None) or result.get("answer")
