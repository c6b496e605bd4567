"""DSPy's examples and metrics in the forms that MLflow evaluates with."""

from collections.abc import Callable, Iterable
from typing import Any

from .errors import invalid
from .jsonable import jsonable


def predict_fn(uri_or_model: Any) -> Callable[..., Any]:
    """Return a function of keyword inputs, as `mlflow.genai.evaluate(predict_fn=…)` wants one.

    Args:
        uri_or_model: A model's URI, a model loaded by `mlflow.pyfunc`, or a `dspy.Module`.
    """
    import dspy
    import mlflow

    model = uri_or_model
    if isinstance(model, str):
        model = mlflow.pyfunc.load_model(model)
    if isinstance(model, dspy.Module):
        from .model import ProgramModel

        model = ProgramModel(model, {})
    if not hasattr(model, "predict"):
        raise invalid(
            "predict_fn takes a model URI, a loaded pyfunc model or a dspy.Module, not"
            f" {type(uri_or_model).__name__}."
        )

    def predict(**inputs: Any) -> Any:
        return model.predict(inputs)

    return predict


def evaluation_data(examples: Iterable[Any]) -> list[dict[str, Any]]:
    """Return `dspy.Example`s as data for `mlflow.genai.evaluate`.

    What `with_inputs` names becomes the inputs, everything else the expectations.
    """
    data = []
    for position, example in enumerate(examples):
        inputs = getattr(example, "_input_keys", None)
        if inputs is None:
            raise invalid(
                f"Example {position} does not say what its inputs are."
                " Call .with_inputs('question', …) on it."
            )
        values = dict(example.items())
        data.append(
            {
                "inputs": {k: jsonable(v) for k, v in values.items() if k in inputs},
                "expectations": {k: jsonable(v) for k, v in values.items() if k not in inputs},
            }
        )
    return data


def evaluation_frame(examples: Iterable[Any]) -> Any:
    """Return `dspy.Example`s as a frame for `mlflow.evaluate`: a column for each field."""
    import pandas as pd

    rows = evaluation_data(examples)
    return pd.DataFrame([{**row["inputs"], **row["expectations"]} for row in rows])


def scorer(metric: Callable[..., Any], name: str | None = None) -> Any:
    """Return a DSPy metric as a scorer for `mlflow.genai.evaluate`.

    Args:
        metric: Takes an example and a prediction; returns a bool, a number, or a
            `dspy.Prediction` with `score` and `feedback`.
        name: What the scorer is called; the metric's name by default.
    """
    import dspy
    from mlflow.entities import Feedback
    from mlflow.genai.scorers import scorer as mlflow_scorer

    called = name or getattr(metric, "__name__", "metric")

    def score(inputs: dict[str, Any], outputs: Any, expectations: dict[str, Any]) -> Any:
        example = dspy.Example(**{**inputs, **expectations}).with_inputs(*inputs)
        fields = outputs if isinstance(outputs, dict) else {"output": outputs}
        value = metric(example, dspy.Prediction(**fields))
        if isinstance(value, dspy.Prediction):
            return Feedback(value=value.score, rationale=getattr(value, "feedback", None))
        return value

    return mlflow_scorer(score, name=called)
