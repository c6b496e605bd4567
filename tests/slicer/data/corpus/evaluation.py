"""object: program"""

import dspy  # run
from dspy.evaluate import Evaluate  # skip
devset = [dspy.Example(q="a", a="b").with_inputs("q")]  # skip
program = dspy.Predict("q -> a")  # run
evaluate = Evaluate(devset=devset, metric=len)  # skip
score = evaluate(program)  # skip
