"""Modules inside modules, chained attributes, tuple unpacking."""
import dspy


class Rewrite(dspy.Module):
    def __init__(self):
        super().__init__()
        self.rewrite = dspy.Predict("query, dialogue: list[str] -> standalone")

    def forward(self, query, dialogue=()):
        return self.rewrite(query=query, dialogue=list(dialogue))


class Search(dspy.Module):
    def __init__(self):
        super().__init__()
        self.rewriter = Rewrite()
        self.rank = dspy.Predict("query, passages: list[str] -> order: list[int], top")

    def forward(self, query, passages):
        query = self.rewriter(query=query, dialogue=["hi"]).standalone
        ranked = self.rank(query=query, passages=passages)
        order, top = ranked.order, ranked.top
        return dspy.Prediction(order=order, top=top, query=query)


class Pipeline(dspy.Module):
    def __init__(self, search: Search):
        super().__init__()
        self.search = search
        self.answer = dspy.ChainOfThought("question, passage -> answer")

    def forward(self, question, passages):
        found = self.search(query=question, passages=passages)
        answered = self.answer(question=question, passage=found.top)
        answered.sources = found.order
        return answered


pipeline = Pipeline(Search())
print(pipeline(question="?", passages=["a"]).answer)
print(Rewrite()(query="?").standalone)
