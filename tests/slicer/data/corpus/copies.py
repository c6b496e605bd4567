"""object: teacher"""

import copy  # skip
import dspy  # run
student = dspy.Predict("q -> a")  # run
teacher = student.deepcopy()  # run
teacher.set_lm(dspy.LM("openai/gpt-4o"))  # run
third = copy.deepcopy(student)  # skip
