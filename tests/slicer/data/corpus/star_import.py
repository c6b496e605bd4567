"""object: program"""

from dspy import *  # run
from tools import *  # run
program = Predict("q -> a")  # run
