"""object: QA"""

import dspy  # run
class QA(dspy.Module):  # run
    def __init__(self, k):
        super().__init__()
        self.k = k
program = QA(3)  # run
print(program.k)  # skip
