"""Prints, as JSON, the parameters of DSPy's classes that take no signature; runs in that release."""

import inspect
import json
import logging

import dspy

logging.disable(logging.CRITICAL)

# Classes that people construct with keywords, and the methods of theirs that they call.
NAMES = {
    "Evaluate": ("__call__",),
    "Example": (),
    "Parallel": (),
    "LabeledFewShot": ("compile",),
    "BootstrapFewShot": ("compile",),
    "BootstrapFewShotWithRandomSearch": ("compile",),
    "BootstrapRS": ("compile",),
    "BootstrapFewShotWithOptuna": ("compile",),
    "KNNFewShot": ("compile",),
    "COPRO": ("compile",),
    "MIPROv2": ("compile",),
    "SIMBA": ("compile",),
    "GEPA": ("compile",),
    "InferRules": ("compile",),
    "AvatarOptimizer": ("compile",),
    "BootstrapFinetune": ("compile",),
    "BetterTogether": ("compile",),
    "Ensemble": ("compile",),
}


def parameters(function):
    found = list(inspect.signature(function).parameters.values())[1:]  # without self
    return [
        [p.name, p.kind.name.lower(), p.default is p.empty and "VAR_" not in p.kind.name]
        for p in found
    ]


def main():
    table = {}
    for name, methods in NAMES.items():
        thing = getattr(dspy, name, None)
        if inspect.isclass(thing):
            own = {"__init__": parameters(thing.__init__)}
            own.update({method: parameters(getattr(thing, method)) for method in methods})
            table[name] = own
    print(json.dumps(table))


if __name__ == "__main__":
    main()
