"""object: program"""

import dspy  # run
K = 3  # run
UNUSED = 4  # skip
class RAG(dspy.Module):  # run
    def __init__(self, k: int = K):
        super().__init__()
        self.k = k
program = RAG()  # run
