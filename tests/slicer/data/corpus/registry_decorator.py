"""object: agent"""

import dspy  # run
TOOLS = []  # run
def tool(function):  # run
    TOOLS.append(function)
    return function
@tool  # run
def search(query: str) -> str:
    return query
agent = dspy.ReAct("question -> answer", tools=TOOLS)  # run
