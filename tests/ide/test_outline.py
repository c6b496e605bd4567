"""Symbols, folding, inlay hints, code lenses and semantic tokens."""

from carets import caret

from dspy_language_server.ide.code_lens import code_lenses
from dspy_language_server.ide.folding import folding_ranges
from dspy_language_server.ide.inlay_hints import output_hints
from dspy_language_server.ide.semantic_tokens import TYPES, semantic_tokens
from dspy_language_server.ide.symbols import Symbol, document_symbols, workspace_symbols
from dspy_language_server.signature.model import Span

SOURCE = """
    import dspy

    class QA(dspy.Signature):
        question: str = dspy.InputField()
        answer: str = dspy.OutputField()

    class CoT(dspy.Module):
        def __init__(self):
            self.prog = dspy.ChainOfThought("question -> answer: float")

        def forward(self, question):
            return self.prog(question=question)

    qa = dspy.Predict(QA)
    """


def outline(symbols: list[Symbol], depth: int = 0) -> list[str]:
    lines = []
    for symbol in symbols:
        lines.append("  " * depth + f"{symbol.kind} {symbol.name}")
        lines += outline(list(symbol.children), depth + 1)
    return lines


def test_modules_signatures_predictors_and_fields_are_nested():
    assert outline(document_symbols(caret(SOURCE).program)) == [
        "signature QA",
        "  field question",
        "  field answer",
        "module CoT",
        "  method __init__",
        "    predictor self.prog",
        "      field question",
        "      field answer",
        "  method forward",
        "predictor qa",
    ]


def test_a_symbols_name_lies_inside_of_it():
    def check(symbols):
        for symbol in symbols:
            assert symbol.span.start <= symbol.name_span.start
            assert symbol.name_span.end <= symbol.span.end
            check(symbol.children)

    check(document_symbols(caret(SOURCE).program))


def test_the_workspaces_symbols_are_found_by_letters_in_order():
    at = caret(SOURCE)
    found = [symbol.name for _, symbol, _ in workspace_symbols(at.project.programs(), "ct")]
    assert found == ["CoT"]


def test_folding_of_classes_and_of_strings_of_several_lines():
    at = caret(
        '''
        import dspy
        p = dspy.Predict("""
            question
            -> answer
        """)
        '''
    )
    lines = {
        (at.program.document.line_at(s.start), at.program.document.line_at(s.end))
        for s in folding_ranges(at.program)
    }
    assert (1, 4) in lines


def test_inlay_hints_say_what_a_predictor_yields():
    at = caret(SOURCE)
    hints = output_hints(at.program, Span(0, len(at.text)))
    assert [hint.label for hint in hints] == [
        "→ reasoning: str, answer: float",
        "→ answer: str",
    ]


def test_lenses_over_each_program():
    at = caret(SOURCE)
    assert [(lens.title, lens.name) for lens in code_lenses(at.program)] == [
        ("Log to MLflow", "CoT"),
        ("Run", "CoT"),
        ("Log to MLflow", "qa"),
        ("Run", "qa"),
    ]


def test_tokens_of_a_string_in_order():
    at = caret('import dspy\np = dspy.Predict("question: str -> answer")\n')
    tokens = semantic_tokens(at.program, Span(0, len(at.text)))
    assert [(at.words(t.span), TYPES[t.type]) for t in tokens] == [
        ("question", "parameter"),
        ("str", "type"),
        ("->", "operator"),
        ("answer", "property"),
    ]
