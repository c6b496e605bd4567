"""object: program"""

import dspy; import json  # run
program = dspy.Predict("q -> a"); x = 1  # run
