"""Run in an environment of old releases: log, load, predict, stream and trace, in both formats."""

import sqlite3

import dspy
import mlflow
import mlflow.dspy
import programs
from openai_endpoint import Endpoint

import dspy_flavor

CANARY = "canary-of-a-header"


def main():
    mlflow.set_tracking_uri("sqlite:///store.db")
    endpoint = Endpoint()
    dspy.configure(
        lm=dspy.LM(
            "openai/test",
            api_base=endpoint.url,
            api_key="sk-none",
            cache=False,
            headers={"X-Team": CANARY},
        )
    )
    for serialization_format in ("cloudpickle", "source"):
        check(serialization_format)
    info = dspy_flavor.log_model(programs.CoT(), name="model")
    assert mlflow.dspy.load_model(info.model_uri)(question="x").answer == "answer of x"
    dspy_flavor.autolog()
    programs.CoT()(question="traced")
    dspy_flavor.autolog(disable=True)
    mlflow.flush_trace_async_logging()
    assert len(mlflow.search_traces()) == 1
    with sqlite3.connect("store.db") as database:
        assert CANARY not in "\n".join(database.iterdump())
    print("all answered")


def check(serialization_format):
    def model(program):
        info = dspy_flavor.log_model(
            program, name="model", serialization_format=serialization_format
        )
        assert dspy_flavor.inspect_model(info.model_uri)["format"] == serialization_format
        dspy_flavor.load_model(info.model_uri)
        return mlflow.pyfunc.load_model(info.model_uri)

    answers = model(programs.CoT()).predict(["a", "b"])
    assert [answer["answer"] for answer in answers] == ["answer of a", "answer of b"]
    desk = model(programs.Desk()).predict({"ticket": "t", "customer": {"name": "Ada"}})
    assert desk == {"urgency": 7, "reply": "reply of t billing"}
    agent = dspy.ReAct("question -> answer", tools=[programs.get_weather], max_iters=1)
    assert model(agent).predict("q")["answer"].startswith("answer of q")
    chunks = list(model(programs.CoT()).predict_stream("why so"))
    assert "".join(c["chunk"] for c in chunks if c["signature_field_name"] == "answer")


if __name__ == "__main__":
    main()
