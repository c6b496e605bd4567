"""object: program"""

import getpass  # run
import os  # run
import dspy  # run
os.environ["OPENAI_API_KEY"] = getpass.getpass("key: ")  # confirm
program = dspy.Predict("q -> a")  # run
