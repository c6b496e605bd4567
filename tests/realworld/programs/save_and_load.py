"""Programs on disk."""
import dspy


class Writer(dspy.Module):
    def __init__(self):
        super().__init__()
        self.outline = dspy.ChainOfThought("topic -> outline: list[str], title")
        self.section = dspy.Predict("title, heading -> text")

    def forward(self, topic):
        plan = self.outline(topic=topic)
        parts = [self.section(title=plan.title, heading=heading).text for heading in plan.outline]
        return dspy.Prediction(title=plan.title, parts=parts)


writer = Writer()
writer.load("writer.json")
for name, predictor in writer.named_predictors():
    predictor.demos = predictor.demos[:2]
    print(name, predictor.signature.instructions)
writer.save("writer.json")
article = writer(topic="bees")
print(article.title, article.parts)
loaded = dspy.load("writer_folder")
print(loaded(topic="ants").title)
