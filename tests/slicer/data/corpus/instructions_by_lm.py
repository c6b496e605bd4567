"""object: program"""

import dspy  # run
lm = dspy.LM("openai/gpt-4o-mini")  # run
text = lm("Write instructions")[0]  # confirm
program = dspy.Predict(dspy.Signature("q -> a", text))  # run
