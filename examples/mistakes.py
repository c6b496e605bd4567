"""Mistakes, one per rule: open this file in an editor and see what is underlined, and why.

DSPy itself finds some of these when the line runs and the rest never. Nothing here is meant to run.
"""

import dspy
from pydantic import BaseModel


class Contact(BaseModel):
    name: str


# --- Signature strings -------------------------------------------------------------------------

# There is no arrow between inputs and outputs.
no_arrow = dspy.Predict("question, answer")

# A field's name cannot hold a space.
spaced = dspy.Predict("the question -> answer")

# The same field stands on both sides.
both_sides = dspy.Predict("question, answer -> answer, score")

# There is no type `strng`.
misspelt_type = dspy.Predict("question -> answer: strng")

# dspy has no such type.
unknown_attribute = dspy.Predict("picture: dspy.Picture -> caption")

# A module is no type.
module_as_type = dspy.Predict("question -> answer: json")

# Prose is no type: it would be Literal['low', 'high'].
prose_type = dspy.Predict("task -> complexity: low or high")

# An int takes no type in brackets.
bracketed = dspy.Predict("text -> count: int[str]")

# Pydantic has no schema for a bytearray.
no_schema = dspy.Predict("text -> data: bytearray")

# DSPy looks up only the first name behind a colon, so it does not see Contact.
unseen_type = dspy.Predict("text -> contacts: list[Contact]")

# DSPy keeps this name for itself.
reserved = dspy.Predict("question -> instructions")

# RLM adds an output of this name by itself.
reserved_by_module = dspy.RLM("document -> trajectory")

# MultiChainComparison compares the last output, and there is none.
nothing_to_compare = dspy.MultiChainComparison("question ->")

# Everything behind a `*` is dropped without a word.
dropped = dspy.Predict("question, *, context -> answer")

# A default in a string is ignored.
ignored_default = dspy.Predict("question, limit: int = 3 -> answer")

# The same field twice; the last type wins.
twice = dspy.Predict("question, question: int -> answer")

# The field hides the signature's method `schema`.
shadowing = dspy.Predict("text -> schema")

# `prediction.items` will be the method, not the output.
hidden = dspy.Predict("order -> items")

# The call takes `demos` for itself.
swallowed = dspy.Predict("question, demos -> answer")

# Without an output the first call fails.
no_outputs = dspy.Predict("question ->")

# `None` is read as `str`.
none_type = dspy.Predict("question -> answer: None")

# A quoted type is only looked up at the call.
quoted = dspy.Predict("question -> answers: list['Contact']")

# ChainOfThought replaces an input of this name by its own output.
replaced = dspy.ChainOfThought("question, reasoning -> answer")


# --- Class signatures --------------------------------------------------------------------------


class Undeclared(dspy.Signature):
    # Neither InputField nor OutputField.
    question: str
    answer: str = dspy.OutputField()


class Uncalled(dspy.Signature):
    # The parentheses are missing.
    question: str = dspy.InputField
    answer: str = dspy.OutputField()


class Comma(dspy.Signature):
    # The comma makes it a tuple.
    question: str = dspy.InputField(),
    answer: str = dspy.OutputField()


class Positional(dspy.Signature):
    # Fields take keywords only.
    question: str = dspy.InputField("what the user asks")
    answer: str = dspy.OutputField()


class Keywords(dspy.Signature):
    # `optional` means nothing to DSPy, and `prefix` no longer does.
    question: str = dspy.InputField(optional=True)
    context: str = dspy.InputField(prefix="Context:")
    # Without a type it is a string, whatever the description says.
    score = dspy.OutputField(desc="a number from 1 to 5")


class Names(dspy.Signature):
    question: str = dspy.InputField()
    # DSPy keeps this name for itself.
    signature: str = dspy.OutputField()
    # `prediction.keys` will be the method.
    keys: list[str] = dspy.OutputField()


class Repeated(dspy.Signature):
    question: str = dspy.InputField()
    # Lost: it is declared again below.
    answer: int = dspy.OutputField()
    answer: str = dspy.OutputField()


class Limits(dspy.Signature):
    text: str = dspy.InputField()
    # A limit of a float is a number.
    score: float = dspy.OutputField(ge="0")


# --- Dicts and derived signatures --------------------------------------------------------------

# A dict's value is a pair of type and field.
dict_shape = dspy.Signature({"question": str, "answer": (str, dspy.OutputField)})

# Only dspy.Signature reads dicts.
dict_given = dspy.Predict({"question": (str, dspy.InputField()), "answer": (str, dspy.OutputField())})

Question = dspy.Signature("question -> answer")

# There is no field `anwser` to update.
Updated = Question.with_updated_fields("anwser", desc="one word")

# There is no field `context` to delete.
Deleted = Question.delete("context")

# Instructions for a signature are given by with_instructions.
Brief = dspy.Signature(Question, "Be brief.")

# The field is not called.
Scored = Question.append("score", dspy.OutputField, float)

# The signature itself is given to a module; a call of it makes an instance.
instance = Question()

# Instructions are for strings.
Short = dspy.ensure_signature(Question, "Be short.")

# There is one input, and no fifth place.
Fifth = Question.insert(5, "context", dspy.InputField())

# The method is called with_updated_fields.
Misspelt = Question.with_updated_field("answer", desc="one word")


# --- Constructors ------------------------------------------------------------------------------


def search(query: str) -> str:
    """Search the web."""
    return query


# ReAct has no `instructions`.
agent = dspy.ReAct("question -> answer", tools=[search], instructions="Be brief.")

# ReAct needs tools.
toolless = dspy.ReAct("question -> answer")

# Predict hands `demos` to the LM: no few-shot example is used.
few_shot = dspy.Predict("question -> answer", demos=[])

# BestOfN runs a module, not a signature.
best = dspy.BestOfN("question -> answer", N=3, reward_fn=lambda args, pred: 1.0, threshold=1.0)

# The second argument is callbacks.
instructed = dspy.Predict("question -> answer", "Be brief.")

# The reasoning's field is an OutputField.
rationale = dspy.ChainOfThought("question -> answer", rationale_field="Think first.")

# Custom types are given by name.
typed = dspy.Signature("text -> contacts: list[Contact]", custom_types=[Contact])

# Tools are a list.
one_tool = dspy.ReAct("question -> answer", tools=search)

# A module is no signature.
nested = dspy.ChainOfThought(dspy.Predict("question -> answer"))

# An LM, not its name.
dspy.configure(lm="openai/gpt-4o-mini")

# There is no such class.
misspelt = dspy.ChainOfThougt("question -> answer")

# ReAct has three parameters.
crowded = dspy.ReAct("question -> answer", [search], 3, True)


# --- Calls and predictions ---------------------------------------------------------------------

qa = dspy.ChainOfThought("question, context -> answer")
typed = dspy.Predict("text, words: int -> summary, title")

# The signature has no input `query`.
qa(query="Why?", question="Why?", context="It rains.")

# `context` is missing.
qa(question="Why?")

# Predictors take keywords only.
qa("Why?", "It rains.")

# It is called `reasoning` since DSPy 2.5.
print(qa(question="Why?", context="It rains.").rationale)

# `words` is a number.
print(typed(text="…", words="many").summary)


async def ask():
    # await goes with acall.
    return await qa(question="Why?", context="It rains.")


class Answerer(dspy.Module):
    def __init__(self):
        super().__init__()
        self.answer = dspy.Predict("question -> answer, source")

    def forward(self, question):
        # Nothing reads `source`.
        result = self.answer(question=question)
        return result.answer


# forward has no parameter `query`.
Answerer()(query="Why?", question="Why?")

# forward needs `question`.
Answerer()()

# Call the module, not its forward.
qa.forward(question="Why?", context="It rains.")

# No predictor of the program has an output `anwser`.
stream = dspy.streamify(qa, stream_listeners=[dspy.streaming.StreamListener("anwser")])


# --- Examples, metrics, optimizers -------------------------------------------------------------

# The example has no field `quesiton`.
dspy.Example(question="Why?", answer="So.").with_inputs("quesiton")

# The names are arguments of their own.
dspy.Example(question="Why?", answer="So.").with_inputs(["question"])

example = dspy.Example(question="Why?", answer="So.").with_inputs("question")

# The example has no field `anwser`.
print(example.anwser)

# The value is dropped.
dspy.Example("Why?", answer="So.")


def exact(gold, pred, trace=None):
    return gold.answer == pred.answer


# The examples do not say what their inputs are.
rate = dspy.Evaluate(devset=[dspy.Example(question="Why?", answer="So.")], metric=exact)

# BootstrapFewShot has no `max_demos`.
few = dspy.BootstrapFewShot(metric=exact, max_demos=4)

# MIPROv2 needs a metric.
mipro = dspy.MIPROv2(auto="light")

# The trainset is given by keyword.
dspy.BootstrapFewShot(metric=exact).compile(qa, [example])

# GEPA calls a metric with five arguments, and needs one budget.
gepa = dspy.GEPA(metric=exact, reflection_lm=dspy.LM("openai/gpt-4o"))

# MIPROv2 has "light", "medium" and "heavy".
preset = dspy.MIPROv2(metric=exact, auto="medum")

# A preset (`auto` is "light" by itself) leaves no room for a number of candidates.
numbers = dspy.MIPROv2(metric=exact, num_candidates=10)


# --- Settings ----------------------------------------------------------------------------------

# The LM hands `temprature` on and keeps its own temperature.
lm = dspy.LM("openai/gpt-4o-mini", temprature=0.2)

# DSPy has no setting `llm`, so there is no LM.
dspy.configure(llm=lm)


# --- Suppressions ------------------------------------------------------------------------------

# Nothing is silenced here.
quiet = dspy.Predict("question -> answer")  # dspy: ignore

# There is no such code.
unknown = dspy.Predict("question -> answer")  # dspy: ignore[DSP999]
