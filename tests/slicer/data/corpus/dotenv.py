"""object: program"""

import os  # run
import dspy  # run
from dotenv import load_dotenv  # run
load_dotenv()  # run
os.environ["DSP_CACHEDIR"] = "/tmp/cache"  # run
dspy.configure(lm=dspy.LM("openai/gpt-4o-mini", api_key=os.getenv("OPENAI_API_KEY")))  # run
program = dspy.Predict("q -> a")  # run
