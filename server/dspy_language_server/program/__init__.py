"""A file in DSPy's terms: signatures, predictors, modules, calls, and what each name is bound to."""
