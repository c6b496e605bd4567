"""The worker: runs user code in the user's interpreter, each job in a process of its own.

The daemon is started once per interpreter, isolated from the workspace, and imports dspy and
mlflow. Jobs arrive on its standard input and are answered on its standard output, framed. It runs
no user code itself, and opens no store, client or language model: its children do.
"""
