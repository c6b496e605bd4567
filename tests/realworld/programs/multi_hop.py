"""Several searches, each asking for what the last did not find."""
import dspy


class MultiHop(dspy.Module):
    def __init__(self, search, hops=3):
        super().__init__()
        self.search = search
        self.hops = hops
        self.next_query = dspy.ChainOfThought("claim, notes: list[str] -> query")
        self.take_notes = dspy.Predict("claim, notes: list[str], passages: list[str] -> new_notes: list[str], titles: list[str]")
        self.verdict = dspy.ChainOfThought("claim, notes: list[str] -> supported: bool")

    def forward(self, claim):
        notes = []
        titles = []
        for _ in range(self.hops):
            query = self.next_query(claim=claim, notes=notes).query
            passages = self.search(query)
            step = self.take_notes(claim=claim, notes=notes, passages=passages)
            notes.extend(step.new_notes)
            titles.extend(step.titles)
        decision = self.verdict(claim=claim, notes=notes)
        return dspy.Prediction(notes=notes, titles=titles, supported=decision.supported)


def report(hopper: MultiHop, claim: str) -> str:
    outcome = hopper(claim=claim)
    return "yes" if outcome.supported else "no: " + ", ".join(outcome.titles)


program = MultiHop(search=lambda q: [q])
found = program(claim="The moon is made of rock.")
print(found.supported, found.notes)
