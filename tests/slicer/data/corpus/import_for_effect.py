"""object: program"""

import dspy  # run
import my_settings  # run
program = dspy.Predict("q -> a")  # run
