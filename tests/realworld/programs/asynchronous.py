"""Async programs: acall, gather, asyncify."""
import asyncio

import dspy


class Summaries(dspy.Module):
    def __init__(self):
        super().__init__()
        self.summarize = dspy.ChainOfThought("document, words: int -> summary")
        self.merge = dspy.Predict("summaries: list[str] -> digest, title")

    async def aforward(self, documents: list[str]):
        jobs = [self.summarize.acall(document=d, words=50) for d in documents]
        done = await asyncio.gather(*jobs)
        merged = await self.merge.acall(summaries=[p.summary for p in done])
        return dspy.Prediction(digest=merged.digest, title=merged.title)


async def main():
    program = Summaries()
    result = await program.acall(documents=["a", "b"])
    print(result.title, result.digest)
    threaded = dspy.asyncify(dspy.Predict("text -> language"))
    print((await threaded(text="hei")).language)


asyncio.run(main())
