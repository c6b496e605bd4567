"""Signatures made from signatures."""
import dspy


class Base(dspy.Signature):
    """Answer the question."""

    question: str = dspy.InputField()
    answer: str = dspy.OutputField()


WithContext = Base.prepend("context", dspy.InputField(desc="facts"), type_=list[str])
Scored = WithContext.append("score", dspy.OutputField(), float)
Trimmed = Scored.delete("context")
Strict = Base.with_instructions("Answer in one word.")
Described = Base.with_updated_fields("answer", desc="one word")
Dict = dspy.Signature(
    {"text": (str, dspy.InputField()), "labels": (list[str], dspy.OutputField(desc="tags"))},
    "Tag the text.",
)

print(dspy.Predict(WithContext)(question="?", context=["a"]).answer)
print(dspy.Predict(Scored)(question="?", context=["a"]).score)
print(dspy.Predict(Trimmed)(question="?").score)
print(dspy.Predict(Strict)(question="?").answer, dspy.Predict(Described)(question="?").answer)
print(dspy.Predict(Dict)(text="x").labels)
