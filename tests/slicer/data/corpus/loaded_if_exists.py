"""object: program"""

import os  # run
import dspy  # run
program = dspy.Predict("question -> answer")  # run
if os.path.exists("state.json"):  # run
    program.load("state.json")  # run
else:
    print("no state")  # skip
