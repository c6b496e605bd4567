"""object: QA"""

import dspy  # run
from typing import Literal  # run
from pydantic import BaseModel  # run
class Verdict(BaseModel):  # run
    label: Literal["yes", "no"]
class Judge(dspy.Signature):  # run
    """Decide."""
    text: str = dspy.InputField()
    verdict: Verdict = dspy.OutputField()
class Unused(dspy.Signature):  # skip
    x: str = dspy.InputField()
    y: str = dspy.OutputField()
class QA(dspy.Module):  # run
    def __init__(self):
        super().__init__()
        self.judge = dspy.Predict(Judge)
