"""object: program"""

import dspy as d  # run
from dspy import ChainOfThought as CoT  # run
d.configure(lm=d.LM("openai/gpt-4o-mini"))  # run
program = CoT("q -> a")  # run
program(q="x")  # skip
