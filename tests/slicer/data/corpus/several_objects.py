"""object: second"""

import dspy  # run
first = dspy.Predict("a -> b")  # skip
second = dspy.Predict("c -> d")  # run
third = dspy.Predict("e -> f")  # skip
