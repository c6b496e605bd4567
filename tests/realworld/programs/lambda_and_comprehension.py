"""Predictors in expressions."""
import dspy

translate = dspy.Predict("text, language -> translation")
to_all = lambda text: {lang: translate(text=text, language=lang).translation for lang in ("no", "fr")}
print(to_all("hello"))
print([dspy.Predict("n: int -> words")(n=n).words for n in range(3)])
print(next(p.translation for p in (translate(text=t, language="de") for t in ("a", "b"))))
print(max(("a", "b"), key=lambda t: dspy.Predict("text -> score: float")(text=t).score))
