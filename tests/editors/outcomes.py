"""Whether a test failed, for fixtures that keep a picture of the failure."""

import pytest

FAILED = pytest.StashKey[bool]()
