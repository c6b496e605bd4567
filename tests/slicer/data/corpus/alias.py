"""object: program"""

import dspy  # run
class QA(dspy.Module):  # run
    def __init__(self):
        super().__init__()
        self.step = dspy.Predict("q -> a")
program = QA()  # run
inner = program.step  # run
inner.demos = [dspy.Example(q="a", a="b")]  # run
