"""object: QA"""

import functools  # run
import dspy  # run
def traced(cls):  # run
    return cls
def timed(function):  # run
    @functools.wraps(function)
    def inner(*args, **kwargs):
        return function(*args, **kwargs)
    return inner
@traced  # run
class QA(dspy.Module):
    @timed
    def forward(self, question):
        return question
