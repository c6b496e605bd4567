"""object: program"""

import dspy  # run
from .signatures import Answer  # run
from . import tools  # run
from .unused import thing  # skip
program = dspy.ReAct(Answer, tools=[tools.search])  # run
print(thing)  # skip
