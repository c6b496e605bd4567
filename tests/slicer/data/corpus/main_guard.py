"""object: program"""

import dspy  # run
qa = dspy.Predict("question -> answer")  # skip
program = dspy.ChainOfThought("question -> answer")  # run
if __name__ == "__main__":  # skip
    print(program(question="hi"))
