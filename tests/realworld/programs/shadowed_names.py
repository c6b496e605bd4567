"""Names that look like DSPy's and are not."""


class Predict:
    def __init__(self, model):
        self.model = model

    def __call__(self, row):
        return self.model.predict(row)


class Signature:
    def __init__(self, text, key):
        self.text = text
        self.key = key


predict = Predict(model=None)
print(predict("a row").unknown)
print(Signature("no arrow here", key=1).text)


def dspy_like(dspy):
    return dspy.Predict("nothing at all")("positional")
