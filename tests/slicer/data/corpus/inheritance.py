"""object: Child"""

import dspy  # run
class Base(dspy.Module):  # run
    def __init__(self):
        super().__init__()
class Child(Base):  # run
    pass
class Sibling(Base):  # skip
    pass
