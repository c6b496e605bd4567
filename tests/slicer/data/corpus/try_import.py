"""object: program"""

import dspy  # run
try:  # run
    import orjson as json  # run
except ImportError:
    import json  # run
def parse(text):  # run
    return json.loads(text)
program = dspy.ReAct("q -> a", tools=[parse])  # run
