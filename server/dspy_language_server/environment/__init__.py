"""The user's interpreter: its versions of dspy and mlflow, and the modules that types can resolve to."""
