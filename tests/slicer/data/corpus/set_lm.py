"""object: program"""

import dspy  # run
small = dspy.LM("openai/gpt-4o-mini")  # run
program = dspy.ChainOfThought("question -> answer")  # run
program.set_lm(small)  # run
program(question="warm up")  # skip
