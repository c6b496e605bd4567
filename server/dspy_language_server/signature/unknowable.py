"""The verdict of all parts of the type model that stay silent."""


class Unknowable(Exception):  # noqa: N818 - a verdict, not an error
    """What a type expression means cannot be known statically."""
