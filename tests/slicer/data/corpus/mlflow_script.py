"""object: program"""

import dspy  # run
import mlflow  # skip
mlflow.set_experiment("demo")  # skip
program = dspy.ChainOfThought("question -> answer")  # run
with mlflow.start_run():  # skip
    mlflow.dspy.log_model(program, name="model")
