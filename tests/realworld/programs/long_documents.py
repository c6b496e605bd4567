"""Recursive language models over long contexts."""
import dspy

reader = dspy.RLM("document, query -> answer, quotes: list[str]", max_iters=12, max_llm_calls=30)


def ask(document: str, query: str) -> str:
    found = reader(document=document, query=query)
    print(found.trajectory, found.final_reasoning)
    return found.answer + "; ".join(found.quotes)
