"""object: program"""

import dspy  # run
NAMES = ["a", "b"]  # run
outputs = ", ".join(f"{name}: str" for name in NAMES)  # run
program = dspy.Predict(f"q -> {outputs}")  # run
