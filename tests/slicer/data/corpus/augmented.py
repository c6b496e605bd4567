"""object: program"""

import dspy  # run
fields = "question"  # run
fields += ", context"  # run
program = dspy.Predict(fields + " -> answer")  # run
count = 0  # skip
count += 1  # skip
