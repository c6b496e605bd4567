"""All that mlflow.dspy does for DSPy programs, without keeping their secrets."""
