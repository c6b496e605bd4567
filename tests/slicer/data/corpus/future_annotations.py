"""object: program"""

from __future__ import annotations  # run
import dspy  # run
program = dspy.Predict("q -> a")  # run
