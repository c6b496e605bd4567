"""object: compiled"""

import dspy  # run
from dspy.teleprompt import MIPROv2  # run
dspy.configure(lm=dspy.LM("openai/gpt-4o-mini"))  # run
train = [dspy.Example(question="1+1", answer="2").with_inputs("question")]  # run
def metric(example, prediction, trace=None):  # run
    return example.answer == prediction.answer
base = dspy.ChainOfThought("question -> answer")  # run
optimizer = MIPROv2(metric=metric, auto="light")  # run
compiled = optimizer.compile(base, trainset=train)  # confirm
compiled.save("out.json")  # skip
