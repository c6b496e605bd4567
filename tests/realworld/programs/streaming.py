"""Streaming tokens and status messages."""
import asyncio

import dspy

predict = dspy.Predict("question -> answer, sources: list[str]")
stream = dspy.streamify(
    predict, stream_listeners=[dspy.streaming.StreamListener(signature_field_name="answer")]
)


async def main():
    async for chunk in stream(question="Why is the sky blue?"):
        if isinstance(chunk, dspy.streaming.StreamResponse):
            print(chunk.chunk, end="")
        elif isinstance(chunk, dspy.Prediction):
            print(chunk.answer, chunk.sources)


asyncio.run(main())
