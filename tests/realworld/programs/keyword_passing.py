"""Inputs through ** and programs that take whatever comes."""
import dspy


class Forwarding(dspy.Module):
    def __init__(self, signature, **options):
        super().__init__()
        self.inner = dspy.ChainOfThought(signature, **options)

    def forward(self, **kwargs):
        return self.inner(**kwargs)


answer = dspy.Predict("question, context -> answer")
defaults = {"context": "none"}
print(answer(question="why?", **defaults).answer)
row = dict(question="who?", context="him")
print(answer(**row).answer)
generic = Forwarding("a, b -> c", temperature=0.3)
print(generic(a="1", b="2").c)
print(generic(**{"a": "1", "b": "2"}).c)
