"""Examples from rows, files and generators."""
import csv
import random

import dspy


def load(path: str) -> list[dspy.Example]:
    with open(path, newline="") as file:
        return [dspy.Example(row, split="train").with_inputs("question") for row in csv.DictReader(file)]


def split(data, share=0.8):
    random.Random(0).shuffle(data)
    cut = int(len(data) * share)
    return data[:cut], data[cut:]


row = dspy.Example(question="?", answer="!", topic="none").with_inputs("question", "topic")
print(row.question, row.answer, row["topic"], row.inputs().keys(), row.labels().answer)
without = row.without("topic")
copy = row.copy(answer="…")
print(without.question, copy.answer)
merged = dspy.Example(base=row, extra=1)
print(merged.extra)
