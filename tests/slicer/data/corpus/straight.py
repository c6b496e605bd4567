"""object: CoT"""

import dspy  # run
dspy.configure(lm=dspy.LM("openai/gpt-4o-mini"))  # run
class CoT(dspy.Module):  # run
    def __init__(self):
        super().__init__()
        self.prog = dspy.ChainOfThought("question -> answer")
    def forward(self, question):
        return self.prog(question=question)
program = CoT()  # skip
print(program(question="hi").answer)  # skip
