"""object: program"""

import dspy  # run
program = dspy.Predict("question -> answer")  # run
program = dspy.BootstrapFewShot(metric=len).compile(program, trainset=[])  # confirm
