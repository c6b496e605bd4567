"""object: program"""

import dspy  # run
import requests  # skip
data = requests.get("https://example.org/eval.json").json()  # skip
program = dspy.Predict("q -> a")  # run
for row in data:  # skip
    print(program(q=row))
