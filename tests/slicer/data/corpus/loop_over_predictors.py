"""object: program"""

import dspy  # run
lm = dspy.LM("openai/gpt-4o-mini")  # run
program = dspy.ChainOfThought("q -> a")  # run
for predictor in program.predictors():  # run
    predictor.lm = lm
for predictor in program.predictors():  # skip
    print(predictor)
