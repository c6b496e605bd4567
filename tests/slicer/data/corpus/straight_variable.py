"""object: program"""

import dspy  # run
import json  # skip
lm = dspy.LM("openai/gpt-4o-mini")  # run
dspy.settings.configure(lm=lm)  # run
class CoT(dspy.Module):  # run
    def forward(self, question):
        return dspy.Predict("question -> answer")(question=question)
program = CoT()  # run
result = program(question="hi")  # skip
print(json.dumps(result.toDict()))  # skip
