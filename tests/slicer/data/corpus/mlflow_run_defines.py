"""object: program"""

import dspy  # run
import mlflow
with mlflow.start_run():
    program = dspy.ChainOfThought("question -> answer")  # run
    mlflow.log_param("a", 1)  # skip
