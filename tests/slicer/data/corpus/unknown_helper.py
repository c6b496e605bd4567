"""object: program"""

import dspy  # run
from helpers import prepare  # run
program = dspy.Predict("q -> a")  # run
prepare(program)  # confirm
