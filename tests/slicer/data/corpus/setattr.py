"""object: program"""

import dspy  # run
program = dspy.Predict("q -> a")  # run
setattr(program, "n", 3)  # run
