"""object: program"""

import json  # run
import dspy  # run
with open("examples.json") as file:  # run
    DEMOS = json.load(file)  # run
program = dspy.Predict("q -> a")  # run
program.demos = DEMOS  # run
