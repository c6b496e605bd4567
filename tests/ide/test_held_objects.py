"""What a field holds: the attributes of a class of the workspace behind a prediction's field."""

import pytest
from carets import DIALECT, caret

from dspy_language_server.ide import navigation
from dspy_language_server.ide.completion import complete, documentation
from dspy_language_server.ide.hover import hover
from dspy_language_server.rules import catalog
from dspy_language_server.signature.model import Severity

CONTACTS = """
    import dspy
    from dataclasses import dataclass
    from typing import Optional
    from pydantic import BaseModel, Field

    @dataclass
    class Address:
        street: str

    class Contact(BaseModel):
        name: str = Field(description="The full name.")
        address: Address
        friends: "list[Contact]" = []

        def shown(self) -> str:
            return self.name

    Known = Optional[Contact]

    class Extract(dspy.Signature):
        text: str = dspy.InputField()
        contact: Known = dspy.OutputField()
        contacts: list[Contact] = dspy.OutputField()

    extract = dspy.Predict(Extract)
    short = dspy.Predict("text -> contact: Contact, both: tuple[Contact, Contact]")
    pred = extract(text="x")
    """
HOLDING = {
    "an alias of an optional one": "print(pred.contact.‸)",
    "an item of a list": "print(pred.contacts[0].‸)",
    "each of a list": "for each in pred.contacts:\n        print(each.‸)",
    "a string's field": "print(short(text='x').contact.‸)",
    "a bound name": "one = pred['contact']\n    print(one.‸)",
    "one of its own kind": "print(pred.contact.friends[0].‸)",
}


def labels(source: str, **files: str) -> list[str]:
    at = caret(source, **files)
    return [item.label for item in complete(at.program, at.offset, DIALECT)]


@pytest.mark.parametrize("line", HOLDING.values(), ids=HOLDING)
def test_its_attributes_are_offered_behind_a_dot(line):
    assert labels(f"{CONTACTS}{line}\n") == ["name", "address", "friends", "shown"]


def test_from_an_attribute_to_the_class_and_what_is_said_of_it_there():
    here = caret(f"{CONTACTS}print(pred.contact.na‸me)\n")
    assert here.places(navigation.definition(here.program, here.offset)) == ["11:name"]
    found = hover(here.program, here.offset)
    assert found is not None
    assert found.markdown == "Attribute `name: str` of `Contact`\n\nThe full name."
    text = documentation(here.program, here.offset, "name", DIALECT)
    assert text == found.markdown


def test_through_several_classes():
    here = caret(f"{CONTACTS}print(pred.contacts[0].address.str‸eet)\n")
    assert here.places(navigation.definition(here.program, here.offset)) == ["8:street"]
    here = caret(f"{CONTACTS}print(pred.contacts[0].addr‸ess)\n")
    assert here.places(navigation.type_definition(here.program, here.offset)) == ["7:Address"]


def test_the_type_of_a_field_is_found_where_the_field_is_declared():
    models = """
        import dspy
        from pydantic import BaseModel

        class Contact(BaseModel):
            name: str

        class Extract(dspy.Signature):
            text: str = dspy.InputField()
            contacts: list[Contact] = dspy.OutputField()
        """
    app = """
        import dspy
        import models

        pred = dspy.Predict(models.Extract)(text="x")
        print(pred.con‸tacts, pred.contacts[0].name)
        """
    here = caret(app, models=models)
    found = here.places(navigation.type_definition(here.program, here.offset))
    assert found == ["models.py:4:Contact"]
    assert labels(app.replace("‸", "").replace("[0].name", "[0].‸"), models=models) == ["name"]


@pytest.mark.parametrize(
    "line",
    [
        "print(pred.contact.anything)",
        "print(pred.contact.model_dump(), pred.contact.name.upper())",
        "pred.contact.extra = 1",
        "print(short(text='x').both[1].name, len(pred.contacts), pred.contacts.count(1))",
        "pred.contacts.append(pred.contact)",
    ],
)
def test_nothing_is_said_to_be_wrong_with_it(line):
    here = caret(f"{CONTACTS}{line}\n")
    found = catalog.check(here.program, dialect=DIALECT)
    assert [each for each in found if each.severity is not Severity.HINT] == []
