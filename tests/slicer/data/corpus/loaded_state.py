"""object: program"""

import dspy  # run
from pathlib import Path  # run
STATE = Path(__file__).with_name("state.json")  # run
program = dspy.ChainOfThought("question -> answer")  # run
program.load(STATE)  # run
print(program.dump_state())  # skip
