"""What `mlflow.pyfunc` itself runs of a model, as SECURITY.md says: it is not ours to stop."""

import subprocess
import sys

import yaml


def test_pyfunc_imports_the_loader_that_a_model_names(tmp_path):
    """Before any hash is looked at; `dspy_flavor.load_model` refuses the same model unrun."""
    script = f"""
import dspy, dspy_flavor, mlflow, pathlib, yaml
folder = pathlib.Path({str(tmp_path)!r}) / "model"
dspy_flavor.save_model(dspy.Predict("a -> b"), str(folder), pip_requirements=["dspy"])
(folder / "code" / "hostile.py").write_text("raise SystemExit('the model has run')")
content = yaml.safe_load((folder / "MLmodel").read_text())
content["flavors"]["python_function"]["loader_module"] = "hostile"
(folder / "MLmodel").write_text(yaml.safe_dump(content))
try:
    dspy_flavor.load_model(str(folder))
except mlflow.MlflowException as error:
    print("refused:", error)
try:
    mlflow.pyfunc.load_model(str(folder))
except SystemExit as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert "refused: The file code/hostile.py was added" in done.stdout, done.stderr
    assert done.stdout.strip().endswith("the model has run")
    assert yaml.safe_load((tmp_path / "model" / "MLmodel").read_text())["flavors"]
