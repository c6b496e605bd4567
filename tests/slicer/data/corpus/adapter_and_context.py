"""object: program"""

import dspy  # run
dspy.configure(adapter=dspy.JSONAdapter())  # run
program = dspy.Predict("q -> a")  # run
with dspy.context(lm=dspy.LM("openai/gpt-4o-mini")):  # skip
    print(program(q="x"))
