"""object: QA"""

import dspy  # run
from .prompts import *  # run
class QA(dspy.Module):  # run
    def __init__(self):
        super().__init__()
        self.step = dspy.Predict(PROMPT)
