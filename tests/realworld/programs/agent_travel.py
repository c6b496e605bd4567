"""A travel agent: ReAct with tools and pydantic records."""
import dspy
from pydantic import BaseModel


class Flight(BaseModel):
    number: str
    price: float


FLIGHTS = {"OSL-FCO": [Flight(number="DY1", price=99.0)]}


def find_flights(origin: str, destination: str) -> list[Flight]:
    """Find flights between two airports."""
    return FLIGHTS.get(f"{origin}-{destination}", [])


def book(number: str) -> str:
    """Book a flight."""
    return f"booked {number}"


class Travel(dspy.Signature):
    """Book what the customer asks for, with the tools alone."""

    request: str = dspy.InputField()
    customer: str = dspy.InputField(desc="name of the customer")
    summary: str = dspy.OutputField(desc="what was booked")
    flight: Flight = dspy.OutputField()


agent = dspy.ReAct(Travel, tools=[find_flights, book, dspy.Tool(book, name="rebook")], max_iters=6)


def serve(request: str, customer: str):
    outcome = agent(request=request, customer=customer)
    print(outcome.trajectory)
    return outcome.summary, outcome.flight.price
