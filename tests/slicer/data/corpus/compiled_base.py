"""object: base"""

import dspy  # run
from dspy.teleprompt import BootstrapFewShot  # skip
base = dspy.ChainOfThought("question -> answer")  # run
compiled = BootstrapFewShot(metric=len).compile(base, trainset=[])  # skip
