"""Wrappers that run a module several times."""
import dspy

headline = dspy.ChainOfThought("article, style -> headline, subtitle")


def short(args, pred) -> float:
    return 1.0 if len(pred.headline.split()) <= 8 else 0.0


best = dspy.BestOfN(module=headline, N=3, reward_fn=short, threshold=1.0)
refined = dspy.Refine(module=headline, N=3, reward_fn=short, threshold=1.0, fail_count=1)
first = best(article="…", style="dry")
second = refined(article="…", style="witty")
print(first.headline, second.headline, second.subtitle)
