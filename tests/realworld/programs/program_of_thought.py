"""Code-writing modules."""
import dspy

math = dspy.ProgramOfThought("question -> answer: float", max_iters=3)
print(math(question="What is 17 * 23?").answer)


def fahrenheit(celsius: float) -> float:
    """Convert degrees."""
    return celsius * 9 / 5 + 32


act = dspy.CodeAct("question -> answer", tools=[fahrenheit], max_iters=4)
result = act(question="What is 20 degrees Celsius in Fahrenheit?")
print(result.answer, result.trajectory)
