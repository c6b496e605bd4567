"""Multimodal inputs."""
import dspy

describe = dspy.Predict("image: dspy.Image, question: str -> answer: str, objects: list[str]")
gallery = dspy.ChainOfThought("images: list[dspy.Image] -> theme")


class Transcribe(dspy.Signature):
    """Write down what is said."""

    audio: dspy.Audio = dspy.InputField()
    transcript: str = dspy.OutputField()


picture = dspy.Image("https://example.org/cat.png")
print(describe(image=picture, question="What is it?").objects)
print(gallery(images=[picture]).theme)
transcribe = dspy.Predict(Transcribe)
