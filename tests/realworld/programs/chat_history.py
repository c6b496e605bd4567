"""A conversation with history."""
import dspy


class Chat(dspy.Signature):
    """Answer with the conversation in mind."""

    question: str = dspy.InputField()
    history: dspy.History = dspy.InputField()
    answer: str = dspy.OutputField()


chat = dspy.Predict(Chat)
history = dspy.History(messages=[])
for question in ("Who are you?", "And who am I?"):
    reply = chat(question=question, history=history)
    history.messages.append({"question": question, **reply})
    print(reply.answer)
