"""Many inputs at once."""
import dspy

score = dspy.Predict("essay, rubric -> grade: int, comment")
parallel = dspy.Parallel(num_threads=4)
essays = ["one", "two"]
pairs = [(score, dspy.Example(essay=e, rubric="style").with_inputs("essay", "rubric")) for e in essays]
for prediction in parallel(pairs):
    print(prediction.grade, prediction.comment)

examples = [dspy.Example(essay=e, rubric="facts").with_inputs("essay", "rubric") for e in essays]
for prediction in score.batch(examples, num_threads=2):
    print(prediction.grade)
