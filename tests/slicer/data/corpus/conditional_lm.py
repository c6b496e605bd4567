"""object: program"""

import os  # run
import dspy  # run
if os.getenv("LOCAL"):  # run
    lm = dspy.LM("ollama_chat/llama3")  # run
else:
    lm = dspy.LM("openai/gpt-4o-mini")  # run
dspy.configure(lm=lm)  # run
program = dspy.Predict("q -> a")  # run
