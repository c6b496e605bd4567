"""object: agent"""

import dspy  # run
TOOLS = []  # run
def search(query: str) -> str:  # run
    return query
def unused(query: str) -> str:  # skip
    return query
TOOLS.append(search)  # run
agent = dspy.ReAct("question -> answer", tools=TOOLS)  # run
