"""object: program"""

import dspy  # run
def tune(target):  # run
    target.demos = []
def show(target):  # skip
    print(target)
program = dspy.Predict("q -> a")  # run
tune(program)  # run
show(program)  # skip
