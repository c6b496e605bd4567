"""Settings, contexts and LMs per module."""
import os

import dspy

fast = dspy.LM("openai/gpt-4o-mini", cache=False)
strong = dspy.LM("anthropic/claude", api_key=os.environ.get("KEY"), max_tokens=4000)
dspy.settings.configure(lm=fast, track_usage=True)
draft = dspy.Predict("topic -> draft", temperature=0.9)
polish = dspy.Predict("draft, tone -> final_text")
polish.set_lm(strong)


def write(topic: str) -> str:
    with dspy.context(lm=fast):
        first = draft(topic=topic, config={"rollout_id": 1})
    second = polish(draft=first.draft, tone="warm", lm=strong)
    print(second.get_lm_usage())
    return second.final_text
