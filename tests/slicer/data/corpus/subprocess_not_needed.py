"""object: program"""

import subprocess  # skip
import dspy  # run
subprocess.run(["ollama", "serve"])  # skip
program = dspy.Predict("q -> a")  # run
