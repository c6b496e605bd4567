"""A base module that is filled in by its subclasses: what they set anew changes what it makes."""

import dspy


class Task(dspy.Module):
    signature = "text -> result"

    def __init__(self):
        super().__init__()
        self.predict = dspy.Predict(self.signature)
        self.polish = dspy.Predict("draft -> text")

    def forward(self, **inputs):
        return self.predict(**inputs)


class Translate(Task):
    signature = "text, language -> translation"

    def forward(self, text, language):
        prediction = self.predict(text=text, language=language)
        return dspy.Prediction(translation=self.polish(draft=prediction.translation).text)


class Summarise(Task):
    def __init__(self, sentences: int = 3):
        super().__init__()
        self.sentences = sentences
        self.predict = dspy.ChainOfThought("text, sentences: int -> summary")


class Agent(dspy.Module):
    def build(self):
        return dspy.Predict("question -> answer")

    def __init__(self):
        super().__init__()
        self.step = self.build()

    def forward(self, question):
        return self.step(question=question)


class Planner(Agent):
    def build(self):
        return dspy.ChainOfThought("question -> plan: list[str]")


if __name__ == "__main__":
    print(Translate()(text="Guten Tag", language="English").translation)
    print(Summarise()(text="…", sentences=2).summary)
    print(Agent()(question="Who?").answer)
    for step in Planner()(question="How?").plan:
        print(step)
