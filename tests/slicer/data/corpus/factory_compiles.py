"""object: program"""

import dspy  # run
from dspy.teleprompt import BootstrapFewShot  # run
TRAIN = [dspy.Example(q="a", a="b").with_inputs("q")]  # run
def build():  # run
    base = dspy.Predict("q -> a")
    return BootstrapFewShot(metric=lambda e, p, t=None: True).compile(base, trainset=TRAIN)
program = build()  # confirm
