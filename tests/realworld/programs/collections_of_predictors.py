"""Predictors in lists and dicts."""
import dspy

CRITERIA = ["clarity", "accuracy", "style"]


class Judges(dspy.Module):
    def __init__(self):
        super().__init__()
        self.judges = [dspy.ChainOfThought("text, criterion -> score: int") for _ in CRITERIA]
        self.named = {name: dspy.Predict("text -> verdict: bool") for name in CRITERIA}
        self.final = dspy.Predict("scores: list[int] -> grade")

    def forward(self, text):
        scores = []
        for judge, criterion in zip(self.judges, CRITERIA):
            scores.append(judge(text=text, criterion=criterion).score)
        verdicts = {name: judge(text=text).verdict for name, judge in self.named.items()}
        return dspy.Prediction(grade=self.final(scores=scores).grade, verdicts=verdicts)


judges = Judges()
outcome = judges(text="…")
print(outcome.grade, outcome.verdicts)
