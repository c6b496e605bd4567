"""object: program"""

import asyncio  # skip
import dspy  # run
program = dspy.Predict("q -> a")  # run
async def main():  # skip
    return await program.acall(q="x")
asyncio.run(main())  # skip
