"""Reflective prompt evolution with feedback."""
import dspy


def metric(gold, pred, trace=None, pred_name=None, pred_trace=None):
    right = gold.answer == pred.answer
    feedback = "Right." if right else f"The answer is {gold.answer}."
    return dspy.Prediction(score=float(right), feedback=feedback)


train = [
    dspy.Example(problem="1 + 1", answer="2").with_inputs("problem"),
    dspy.Example(problem="2 * 3", answer="6").with_inputs("problem"),
]
solver = dspy.ChainOfThought("problem -> answer")
gepa = dspy.GEPA(
    metric=metric,
    auto="light",
    reflection_lm=dspy.LM("openai/gpt-4o", temperature=1.0),
    track_stats=True,
)
optimized = gepa.compile(solver, trainset=train, valset=train)
print(optimized(problem="3 + 4").answer)
