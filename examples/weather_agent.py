"""An agent with two tools. DSPy adds `trajectory` and `reasoning` to what it answers."""

import dspy
from offline_lm import offline_lm

dspy.configure(lm=offline_lm())

TEMPERATURES = {"Oslo": 7, "Rome": 21}


def get_weather(city: str) -> str:
    """Look up today's weather in a city."""
    return f"{TEMPERATURES.get(city, 15)} degrees and raining in {city}"


def list_cities() -> list[str]:
    """List the cities whose weather is known."""
    return sorted(TEMPERATURES)


agent = dspy.ReAct("question -> answer", tools=[get_weather, list_cities], max_iters=3)

if __name__ == "__main__":
    prediction = agent(question="What is the weather in Oslo?")
    print(prediction.answer)
    print(prediction.trajectory)
