"""object: program"""

import dspy  # run
INDEX = None  # run
def setup_index():  # run
    global INDEX
    INDEX = ["a"]
class RAG(dspy.Module):  # run
    def forward(self, question):
        return INDEX
setup_index()  # run
program = RAG()  # run
