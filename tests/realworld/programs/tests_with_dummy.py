"""How people test their programs."""
import unittest

import dspy
from dspy.utils import DummyLM


class Greeter(dspy.Module):
    def __init__(self):
        super().__init__()
        self.greet = dspy.Predict("name, formal: bool -> greeting")

    def forward(self, name, formal=False):
        return self.greet(name=name, formal=formal)


class GreeterTest(unittest.TestCase):
    def setUp(self):
        dspy.configure(lm=DummyLM([{"greeting": "hi"}]))
        self.greeter = Greeter()

    def test_it_greets(self):
        result = self.greeter(name="Ann")
        self.assertEqual(result.greeting, "hi")
        self.assertEqual(dict(result.items()), {"greeting": "hi"})

    def test_it_needs_a_name(self):
        with self.assertRaises(TypeError):
            self.greeter(formal=True, **{})


if __name__ == "__main__":
    unittest.main()
