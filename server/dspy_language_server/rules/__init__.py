"""What can be wrong with a DSPy program: one small file per family, one page per code."""
