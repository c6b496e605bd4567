"""What an editor asks of a DSPy program: one file per feature, pure functions in plain offsets."""
