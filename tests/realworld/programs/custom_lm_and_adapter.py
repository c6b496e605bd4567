"""A custom adapter and a subclass of a predictor."""
import dspy


class Shouting(dspy.ChatAdapter):
    def format(self, signature, demos, inputs):
        return super().format(signature, demos, {k: str(v).upper() for k, v in inputs.items()})


class Logged(dspy.Predict):
    def forward(self, **kwargs):
        print(kwargs)
        return super().forward(**kwargs)


dspy.configure(lm=dspy.LM("openai/gpt-4o-mini"), adapter=Shouting())
echo = Logged("text -> echo")
print(echo(text="hello").echo)
