"""Which model signature and input example a model gets: given, derived, or found by one call."""

from typing import Any

from .interface import Interface
from .jsonable import jsonable
from .schema import derive_signature


def choose_signature(request: Any, interface: Interface, settings: dict[str, Any]) -> Any:
    """Return model signature and input example.

    What is given wins. The rest is derived from the program, without a call. Only where an example
    is given and the program does not tell its outputs, the example is run once.
    """
    example = request.input_example
    if example is None and request.task is None:
        example = first_demo(request.model, interface)
    if request.signature is not None:
        return request.signature, example
    if request.task:
        from mlflow.models.rag_signatures import SIGNATURE_FOR_LLM_INFERENCE_TASK

        return SIGNATURE_FOR_LLM_INFERENCE_TASK[request.task], example
    derived = derive_signature(interface)
    outputs_known = derived is not None and derived.outputs is not None
    if outputs_known or request.input_example is None:
        return derived, example
    return _from_example(request, derived, settings), example


def first_demo(program: Any, interface: Interface) -> Any:
    """Return the inputs of the first demo that has them all: a real example that is there anyway."""
    names = {field.name for field in interface.required}
    if not names or interface.is_open:
        return None
    for predictor in program.predictors():
        for demo in predictor.demos:
            values = dict(demo.items())
            if names <= set(values):
                plain = {name: jsonable(values[name]) for name in sorted(names)}
                return plain[next(iter(names))] if interface.takes_one_string else plain
    return None


def _from_example(request: Any, derived: Any, settings: dict[str, Any]) -> Any:
    """Run the example; without an answer the inputs alone are known."""
    from mlflow.models import ModelSignature
    from mlflow.types.utils import _infer_schema

    from .example import answer_of
    from .schema import params_schema

    example = request.input_example
    answer = answer_of(example, request.model, settings)
    try:
        inputs = derived.inputs if derived is not None else _infer_schema(example)
        outputs = _infer_schema(answer) if answer is not None else None
    except Exception:  # noqa: BLE001 - MLflow raises many kinds for data it cannot describe
        return derived
    return ModelSignature(inputs=inputs, outputs=outputs, params=params_schema())
