"""Further optimizers."""
import dspy

train = [dspy.Example(text=str(i), label="even" if i % 2 == 0 else "odd").with_inputs("text") for i in range(40)]
program = dspy.Predict("text -> label")


def metric(example, prediction, trace=None):
    return int(example.label == prediction.label)


simba = dspy.SIMBA(metric=metric, max_steps=2, max_demos=3)
print(simba.compile(program, trainset=train, seed=1)(text="4").label)
copro = dspy.COPRO(metric=metric, breadth=4, depth=2)
print(copro.compile(program, trainset=train, eval_kwargs={"num_threads": 1})(text="5").label)
knn = dspy.KNNFewShot(k=2, trainset=train, vectorizer=dspy.Embedder(lambda texts: [[0.0]] * len(texts)))
print(knn.compile(program)(text="6").label)
