"""object: program"""

import dspy  # run
def describe():  # run
    namer = dspy.Predict("topic -> name")
    return namer(topic="bears").name
program = dspy.Predict(f"question -> {describe()}")  # confirm
