"""Every spelling of an import that Python allows."""
import dspy as d
import dspy.predict as predictors
from dspy import ChainOfThought as CoT
from dspy import InputField, OutputField, Predict, Signature


class Translate(Signature):
    """Translate faithfully."""

    text: str = InputField()
    target: str = InputField(desc="the language to translate to")
    translation: str = OutputField()


translate = Predict(Translate)
explain = CoT("phrase, language -> meaning, tone")
classify = d.Predict("text -> topic")
older = predictors.Predict("text -> mood")

print(translate(text="hei", target="English").translation)
meaning = explain(phrase="hei", language="Norwegian")
print(meaning.meaning, meaning.tone, meaning.reasoning)
print(classify(text="x").topic, older(text="y").mood)
