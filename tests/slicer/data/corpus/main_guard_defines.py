"""object: program"""

import dspy  # run
class QA(dspy.Module):  # run
    def forward(self, question):
        return dspy.Predict("question -> answer")(question=question)
if __name__ == "__main__":
    dspy.configure(lm=dspy.LM("openai/gpt-4o-mini"))  # run
    program = QA()  # run
    print(program(question="hi"))  # skip
