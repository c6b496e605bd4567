"""object: program"""

import dspy  # run
OPTIONS = {}  # run
OPTIONS["n"] = 3  # run
program = dspy.Predict("question -> answer", **OPTIONS)  # run
RESULTS = {}  # skip
RESULTS["x"] = 1  # skip
