"""MLflow's own scoring server, in this process, as `mlflow models serve` builds it."""

import mlflow
import programs
import pytest
from fastapi.testclient import TestClient
from mlflow.pyfunc.scoring_server import init


@pytest.fixture
def serve(log, lm):
    def serve(program, **arguments):
        return TestClient(init(mlflow.pyfunc.load_model(log(program, **arguments).model_uri)))

    return serve


@pytest.mark.parametrize(
    "content",
    [
        {"inputs": ["a", "b"]},
        {"dataframe_records": [{"question": "a"}, {"question": "b"}]},
        {"dataframe_split": {"columns": ["question"], "data": [["a"], ["b"]]}},
    ],
)
def test_many_rows_in_one_request(serve, serialization_format, content):
    client = serve(programs.CoT(), serialization_format=serialization_format)

    response = client.post("/invocations", json=content)

    assert response.status_code == 200, response.text
    answers = [answer["answer"] for answer in response.json()["predictions"]]
    assert answers == ["answer of a", "answer of b"]


def test_params_reach_the_language_model(serve, endpoint):
    client = serve(programs.CoT())

    client.post("/invocations", json={"inputs": ["a"], "params": {"temperature": 0.3}})

    assert endpoint.requests[-1]["temperature"] == 0.3


def test_structured_inputs(serve):
    client = serve(programs.Desk())
    row = {"ticket": "t", "customer": {"name": "Ada", "age": 3}}

    response = client.post("/invocations", json={"dataframe_records": [row]})

    assert response.json()["predictions"] == {"urgency": 7, "reply": "reply of t billing"}


@pytest.mark.parametrize(
    "content",
    [
        {"inputs": [{"question": "a", "k": None}, {"question": "b", "share": 5}]},
        {"dataframe_records": [{"question": "a"}, {"question": "b", "share": 5}]},
        {"dataframe_split": {"columns": ["question", "share"], "data": [["a", None], ["b", 5]]}},
    ],
)
def test_numbers_may_be_left_out_and_whole(serve, content):
    client = serve(programs.Search())

    response = client.post("/invocations", json=content)

    assert response.status_code == 200, response.text
    given = [answer["given"] for answer in response.json()["predictions"]]
    assert given == ["a 3 0.5 None", "b 3 5.0 None"]


def test_a_chat_model_answers_as_openai_does(serve):
    client = serve(programs.Chat(), task="llm/v1/chat")

    response = client.post(
        "/invocations", json={"messages": [{"role": "user", "content": "hello"}]}
    )

    assert response.status_code == 200, response.text
    assert response.json()["object"] == "chat.completion"


def test_a_bad_request_is_told_and_repeats_no_credential(serve, endpoint, lm):
    lm.kwargs["headers"] = {"X-Team": "canaryofaheaderinaserver"}
    client = serve(programs.CoT())
    endpoint.fail = lambda _: True
    endpoint.refusal = "Not allowed for canaryofaheaderinaserver"

    response = client.post("/invocations", json={"inputs": ["a"]})

    assert response.status_code >= 400
    assert "CoT failed" in response.text
    assert "canaryofaheaderinaserver" not in response.text
