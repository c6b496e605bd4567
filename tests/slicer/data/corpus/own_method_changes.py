"""object: program"""

import dspy  # run
class QA(dspy.Module):  # run
    def __init__(self):
        super().__init__()
        self.step = dspy.Predict("q -> a")
        self.docs = None
    def attach(self, docs):
        self.docs = docs
    def describe(self):
        return str(self.docs)
program = QA()  # run
program.attach(["one", "two"])  # run
program.describe()  # skip
