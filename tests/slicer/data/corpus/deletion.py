"""object: program"""

import dspy  # run
options = {"n": 1, "x": 2}  # run
del options["x"]  # run
program = dspy.Predict("q -> a", **options)  # run
