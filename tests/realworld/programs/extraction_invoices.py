"""Typed extraction: an invoice as a pydantic model."""
from datetime import date

import dspy
import pydantic


class Line(pydantic.BaseModel):
    text: str
    amount: float


class Invoice(pydantic.BaseModel):
    number: str
    issued: date
    lines: list[Line]


class ExtractInvoice(dspy.Signature):
    """Extract the invoice. Leave nothing out."""

    document: str = dspy.InputField()
    hints: list[str] = dspy.InputField(desc="what to look for")
    invoice: Invoice = dspy.OutputField()
    warnings: list[str] = dspy.OutputField()


class InvoiceReader(dspy.Module):
    def __init__(self):
        super().__init__()
        self.extract = dspy.ChainOfThought(ExtractInvoice)
        self.check = dspy.Predict("number: str, total: float -> plausible: bool, why: str")

    def forward(self, document: str):
        read = self.extract(document=document, hints=["number", "total"])
        total = sum(line.amount for line in read.invoice.lines)
        checked = self.check(number=read.invoice.number, total=total)
        return dspy.Prediction(invoice=read.invoice, plausible=checked.plausible, why=checked.why)


reader = InvoiceReader()
outcome = reader(document="Invoice 7")
print(outcome.invoice, outcome.plausible, outcome.why)
