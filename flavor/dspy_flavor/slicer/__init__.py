"""The slicer: which statements of a file build one object, read from the text and never run.

`plan` is the whole surface. It works on Python's own `ast`, knows DSPy's and MLflow's names, and
says so where it cannot know.
"""

from .model import Candidate, Plan, PlanError, Statement
from .needs import CHANGES
from .plan import plan

__all__ = ["CHANGES", "Candidate", "Plan", "PlanError", "Statement", "plan"]
