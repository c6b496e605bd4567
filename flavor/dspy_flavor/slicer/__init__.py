"""The slicer: which statements of a file build one object, read from the text and never run.

`plan` is the whole surface. It works on Python's own `ast`, knows DSPy's and MLflow's names, and
says so where it cannot know.
"""

from .model import Candidate, Plan, PlanError, Statement
from .names import dotted, origins_of
from .needs import CHANGES
from .notebook import cell_of
from .plan import plan

__all__ = [
    "CHANGES",
    "Candidate",
    "Plan",
    "PlanError",
    "Statement",
    "cell_of",
    "dotted",
    "origins_of",
    "plan",
]
