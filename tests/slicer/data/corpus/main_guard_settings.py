"""object: program"""

import dspy  # run
program = dspy.Predict("question -> answer")  # run
if __name__ == "__main__":  # skip
    dspy.configure(lm=dspy.LM("openai/gpt-4o-mini"))
    print(program(question="hi"))
