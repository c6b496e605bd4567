"""object: program"""

import dspy  # run
def build(style):  # run
    return dspy.ChainOfThought(f"question -> answer_{style}")
program = build("short")  # run
print(program)  # skip
