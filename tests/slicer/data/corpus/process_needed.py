"""object: program"""

import subprocess  # run
import dspy  # run
PROMPT = subprocess.check_output(["cat", "prompt.txt"], text=True)  # confirm
program = dspy.Predict(dspy.Signature("q -> a", PROMPT))  # run
