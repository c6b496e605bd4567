"""MLflow evaluates a model by its URI, loaded, or through DSPy's own examples and metrics."""

import dspy
import mlflow
import pandas as pd
import programs
import pytest
from mlflow.exceptions import MlflowException

import dspy_flavor

EXAMPLES = [
    dspy.Example(question="a", answer="answer of a").with_inputs("question"),
    dspy.Example(question="b", answer="something else").with_inputs("question"),
]


def same_answer(example, prediction, trace=None):
    return example.answer == prediction.answer


def test_mlflow_evaluate_takes_the_uri(log, lm):
    info = log(programs.CoT())

    result = mlflow.models.evaluate(
        info.model_uri,
        data=dspy_flavor.evaluation_frame(EXAMPLES),
        targets="answer",
        predictions="answer",
        extra_metrics=[mlflow.metrics.exact_match()],
        model_type=None,
        evaluators="default",
    )

    assert result.metrics["exact_match/v1"] == 0.5


@pytest.mark.parametrize("form", ["uri", "loaded", "program"])
def test_genai_evaluate_takes_examples_and_metrics(log, lm, form):
    info = log(programs.CoT())
    model = {
        "uri": lambda: info.model_uri,
        "loaded": lambda: mlflow.pyfunc.load_model(info.model_uri),
        "program": programs.CoT,
    }[form]()

    result = mlflow.genai.evaluate(
        data=dspy_flavor.evaluation_data(EXAMPLES),
        predict_fn=dspy_flavor.predict_fn(model),
        scorers=[dspy_flavor.scorer(same_answer)],
    )

    assert result.metrics["same_answer/mean"] == 0.5


def test_evaluation_data_needs_inputs():
    with pytest.raises(MlflowException, match="with_inputs"):
        dspy_flavor.evaluation_data([dspy.Example(question="a")])


def test_evaluation_frame_has_a_column_for_each_field():
    frame = dspy_flavor.evaluation_frame(EXAMPLES)

    assert isinstance(frame, pd.DataFrame)
    assert list(frame.columns) == ["question", "answer"]
