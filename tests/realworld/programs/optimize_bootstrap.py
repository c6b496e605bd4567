"""Few-shot bootstrapping in the old and in the new spelling."""
import dspy
from dspy.teleprompt import BootstrapFewShot, BootstrapFewShotWithRandomSearch, LabeledFewShot


def f1(gold, pred, trace=None):
    wanted, got = set(gold.tags), set(pred.tags)
    both = len(wanted & got)
    return 2 * both / (len(wanted) + len(got)) if both else 0.0


rows = [{"text": "red apple", "tags": ["fruit"]}, {"text": "blue car", "tags": ["vehicle"]}]
data = [dspy.Example(**row).with_inputs("text") for row in rows]
tagger = dspy.Predict("text -> tags: list[str]")
plain = LabeledFewShot(k=2).compile(tagger, trainset=data)
few = BootstrapFewShot(metric=f1, max_bootstrapped_demos=2, max_labeled_demos=4).compile(
    tagger, trainset=data
)
searched = BootstrapFewShotWithRandomSearch(metric=f1, num_candidate_programs=4, num_threads=2).compile(
    tagger, trainset=data, valset=data
)
for program in (plain, few, searched):
    print(program(text="green tree").tags)
