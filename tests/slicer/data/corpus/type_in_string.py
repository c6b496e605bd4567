"""object: program"""

import dspy  # run
from enum import Enum  # run
class Mood(Enum):  # run
    GOOD = "good"
class Other(Enum):  # skip
    BAD = "bad"
program = dspy.Predict("text -> mood: Mood")  # run
