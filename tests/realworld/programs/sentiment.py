"""Sentiment of product reviews: the smallest classifier."""
from typing import Literal

import dspy

dspy.configure(lm=dspy.LM("openai/gpt-4o-mini"))


class Sentiment(dspy.Signature):
    """Decide how the reviewer feels."""

    review: str = dspy.InputField(desc="the text of the review")
    language: str = dspy.InputField()
    sentiment: Literal["positive", "negative", "neutral"] = dspy.OutputField()
    confidence: float = dspy.OutputField()


classify = dspy.Predict(Sentiment)


def label(review: str) -> str:
    result = classify(review=review, language="English")
    if result.confidence < 0.5:
        return "neutral"
    return result.sentiment


def label_all(reviews: list[str]) -> list[str]:
    return [classify(review=text, language="English").sentiment for text in reviews]
