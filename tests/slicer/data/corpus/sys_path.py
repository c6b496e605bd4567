"""object: program"""

import sys  # run
sys.path.insert(0, "..")  # run
import dspy  # run
from lib import Search  # run
program = dspy.ReAct("q -> a", tools=[Search()])  # run
