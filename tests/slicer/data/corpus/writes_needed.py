"""object: program"""

import dspy  # run
from pathlib import Path  # run
CACHE = Path("cache.txt")  # run
SIZE = CACHE.write_text("warm")  # confirm
program = dspy.Predict("q -> a", n=SIZE)  # run
