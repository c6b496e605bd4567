"""object: program"""

import dspy  # run
program = dspy.Predict("question -> answer")  # run
program.demos = [dspy.Example(question="a", answer="b")]  # run
program.lm = dspy.LM("openai/gpt-4o-mini")  # run
other = dspy.Predict("x -> y")  # skip
other.demos = []  # skip
