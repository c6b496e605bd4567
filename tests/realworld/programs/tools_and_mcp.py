"""Tools of every kind, and an agent over a typed signature."""
import functools

import dspy


def lookup(word: str) -> str:
    """Look a word up."""
    return word


class Calculator:
    def __call__(self, expression: str) -> float:
        """Evaluate an expression."""
        return 0.0

    def add(self, a: float, b: float) -> float:
        """Add two numbers."""
        return a + b


calculator = Calculator()
tools = [lookup, calculator.add, dspy.Tool(calculator, name="calculate"), functools.partial(lookup, "x")]
agent = dspy.ReAct("goal, budget: float -> plan: list[str], cost: float", tools=tools, max_iters=4)
more = dspy.ReAct("goal -> plan", tools=tools + [lambda text: text])


class Agents(dspy.Module):
    def __init__(self, tools):
        super().__init__()
        self.agent = dspy.ReAct("goal -> plan", tools=list(tools))

    def forward(self, goal):
        return self.agent(goal=goal, max_iters=2)


plan = agent(goal="dinner", budget=20.0)
print(plan.plan, plan.cost, Agents(tools)(goal="lunch").plan)
