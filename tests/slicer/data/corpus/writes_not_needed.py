"""object: program"""

import dspy  # run
program = dspy.Predict("q -> a")  # run
with open("log.txt", "w") as file:  # skip
    file.write("started")
