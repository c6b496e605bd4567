"""object: program"""

from os import environ  # run
environ["TOKENIZERS_PARALLELISM"] = "false"  # run
import dspy  # run
program = dspy.Predict("q -> a")  # run
