"""Retrieval-augmented answers over a small in-memory corpus."""
import dspy

CORPUS = ["Paris is in France.", "Oslo is in Norway.", "Rome is in Italy."]


def search(query: str, k: int = 2) -> list[str]:
    words = set(query.lower().split())
    return sorted(CORPUS, key=lambda doc: -len(words & set(doc.lower().split())))[:k]


class RAG(dspy.Module):
    def __init__(self, passages: int = 2):
        super().__init__()
        self.passages = passages
        self.respond = dspy.ChainOfThought("context: list[str], question -> response")

    def forward(self, question):
        context = search(question, self.passages)
        return self.respond(context=context, question=question)


rag = RAG()

if __name__ == "__main__":
    prediction = rag(question="Where is Oslo?")
    print(prediction.response)
    print(prediction.reasoning)
