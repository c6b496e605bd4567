"""What a key costs the program model: a class is typed into files of 200, 2,000 and 20,000 lines."""

import statistics
import time

from dspy_language_server.program.project import Project
from dspy_language_server.signature.dialect import dialect_for
from dspy_language_server.signature.model import Span
from dspy_language_server.source.document import Change

BLOCK = '''class Answer{n}(dspy.Module):
    """Answers, step {n}."""

    def __init__(self):
        super().__init__()
        self.rewrite = dspy.Predict("question, context: list[str] -> query: str")
        self.answer = dspy.ChainOfThought("question, query -> answer: str, score: float")

    def forward(self, question):
        query = self.rewrite(question=question, context=[]).query
        result = self.answer(question=question, query=query)
        return dspy.Prediction(answer=result.answer, score=result.score)


answer{n} = Answer{n}()
print(answer{n}(question="Why?").answer)


'''
TYPED = BLOCK.replace("{n}", "New").strip() + "\n"
URI = "/bench/app.py"


def main():
    for lines in (200, 2_000, 20_000):
        text = "import dspy\n\n\n" + "".join(
            BLOCK.replace("{n}", str(n)) for n in range(lines // 18)
        )
        project = Project(dialect=dialect_for())
        start = time.perf_counter()
        project.open(URI, text)
        units = project.program(URI).units
        opened = time.perf_counter() - start
        at = text.index("class Answer", len(text) // 2)
        plain, opening = [], []
        for character in TYPED:
            start = time.perf_counter()
            project.change(URI, [Change(Span(at, at), character)])
            units = project.program(URI).units
            kind = opening if character in "\"'([{" else plain
            kind.append(time.perf_counter() - start)
            at += 1
        print(
            f"{lines:6} lines, {len(units)} units: opened in {opened * 1000:.0f} ms; "
            f"a key p50 {statistics.median(plain) * 1000:.2f} ms, "
            f"p95 {statistics.quantiles(plain, n=20)[-1] * 1000:.2f} ms; "
            f"a bracket or quote p50 {statistics.median(opening) * 1000:.2f} ms"
        )


if __name__ == "__main__":
    main()
