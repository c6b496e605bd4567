"""Signature strings in every literal form."""
import textwrap

import dspy

SIMPLE = "question -> answer"
LONG = (
    "first_document: str, second_document: str, "
    "question: str -> "
    "similarity: float, explanation: str"
)
TRIPLE = """
    title: str,
    body: str
    ->
    keywords: list[str],
    summary: str
"""
DEDENTED = textwrap.dedent("""
    a: int,
    b: int -> total: int
""")

print(dspy.Predict(SIMPLE)(question="?").answer)
compared = dspy.Predict(LONG)(first_document="a", second_document="b", question="?")
print(compared.similarity, compared.explanation)
tagged = dspy.Predict(TRIPLE)(title="t", body="b")
print(tagged.keywords, tagged.summary)
print(dspy.Predict(DEDENTED)(a=1, b=2).total)
print(dspy.Predict(r"raw -> cooked")(raw="x").cooked)
print(dspy.Predict("q" + "uery -> hits: list[str]")(query="x").hits)
FIELD = "answer"
print(dspy.Predict(f"question -> {FIELD}")(question="?").answer)
