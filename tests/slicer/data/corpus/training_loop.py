"""object: program"""

import dspy  # run
program = dspy.Predict("q -> a")  # run
best = 0  # skip
for seed in range(3):  # skip
    score = program(q=str(seed))
    best = max(best, len(score.a))
while best < 3:  # skip
    best += 1
