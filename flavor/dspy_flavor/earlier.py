"""What earlier releases of DSPy have saved, made fit for the release that is here."""

from typing import Any


def with_new_attributes(program: Any, settings: dict[str, Any]) -> Any:
    """Give what an older release of DSPy saved the attributes that its classes have since got.

    Loading calls no `__init__`, of neither format: a predictor of dspy 3.3 has no `fields`, and
    fails when it is called by 3.4. Whatever it has stays as it is.
    """
    import dspy

    predictors = program.predictors() if hasattr(program, "predictors") else []
    for predictor in predictors:
        _complete(predictor, dspy.Predict, predictor.signature)
    for lm in (settings.get("lm"), *(getattr(predictor, "lm", None) for predictor in predictors)):
        _complete(lm, dspy.LM, getattr(lm, "model", None))
    for kind in (dspy.JSONAdapter, dspy.ChatAdapter):
        _complete(settings.get("adapter"), kind)
    return program


def _complete(value: Any, kind: Any, *arguments: Any) -> None:
    """Add to an object of a class, or of one derived from it, the attributes that a new one has."""
    if isinstance(value, kind):
        for name, attribute in vars(kind(*arguments)).items():
            vars(value).setdefault(name, attribute)
