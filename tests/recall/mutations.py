"""One function per kind of mistake: a correct program in, programs with that mistake out."""

import ast
from collections.abc import Callable, Iterator

from scene import PREDICTORS, Mutant, Scene, last

Mutation = Callable[[Scene], Iterator[Mutant]]
MUTATIONS: list[Mutation] = []


def mutation(function: Mutation) -> Mutation:
    MUTATIONS.append(function)
    return function


# ------------------------------------------------------------------ class signatures


def declarations(scene: Scene):
    for name, (node, shape) in scene.classes.items():
        for statement, call in scene.fields(node):
            yield name, shape, statement, call


@mutation
def field_without_declaration(scene):
    for _, _, statement, call in declarations(scene):
        if isinstance(statement, ast.AnnAssign):
            yield scene.edit("DSP301", scene.end(statement.annotation), scene.end(call), "")


@mutation
def field_not_called(scene):
    for _, _, _, call in declarations(scene):
        yield scene.edit("DSP302", scene.end(call.func), scene.end(call), "")


@mutation
def field_with_comma(scene):
    for _, _, statement, call in declarations(scene):
        if isinstance(statement, ast.AnnAssign):
            yield scene.edit("DSP303", scene.end(call), scene.end(call), ",")


@mutation
def positional_description(scene):
    for _, _, _, call in declarations(scene):
        yield scene.edit("DSP304", scene.end(call.func), scene.end(call), '("what it is")')


@mutation
def unknown_field_keyword(scene):
    for i, (_, _, _, call) in enumerate(declarations(scene)):
        word = ["optional=True", "type=str", "descr='x'", "choices=[]"][i % 4]
        new = f"({word})" if not call.keywords else f"({word}, {scene.text(call.keywords[0])})"
        yield scene.edit("DSP305", scene.end(call.func), scene.end(call), new)


@mutation
def deprecated_field_keyword(scene):
    for i, (_, _, _, call) in enumerate(declarations(scene)):
        word = ["prefix='Q:'", "format=str", "parser=int"][i % 3]
        yield scene.edit("DSP306", scene.end(call.func), scene.end(call), f"({word})")


@mutation
def field_without_type(scene):
    for _, _, statement, _ in declarations(scene):
        if isinstance(statement, ast.AnnAssign):
            yield scene.edit(
                "DSP307", scene.end(statement.target), scene.end(statement.annotation), ""
            )


@mutation
def rejected_field_name(scene):
    for i, (_, _, statement, _) in enumerate(declarations(scene)):
        if isinstance(statement, ast.AnnAssign):
            word = ["fields", "instructions", "signature", "_hidden", "model_config"][i % 5]
            target = statement.target
            yield scene.edit("DSP308", scene.start(target), scene.end(target), word)


@mutation
def hidden_field_name(scene):
    for i, (_, _, statement, call) in enumerate(declarations(scene)):
        outputs = ["items", "keys", "values", "copy", "json", "labels"]
        inputs = ["demos", "config", "copy", "schema", "validate", "lm"]
        word = (outputs if last(call.func) == "OutputField" else inputs)[i % 6]
        target = statement.target if isinstance(statement, ast.AnnAssign) else statement.targets[0]
        yield scene.edit("DSP309", scene.start(target), scene.end(target), word)


@mutation
def repeated_field(scene):
    for _, _, statement, _ in declarations(scene):
        text = scene.text(statement)
        yield scene.edit(
            "DSP310", scene.start(statement), scene.end(statement), f"{text}\n    {text}"
        )


# ---------------------------------------------------- dict and derived signatures


def first_class(scene):
    for name, (_, shape) in scene.classes.items():
        if (
            sum(n == name for n in (c.name for c in scene.tree.body if isinstance(c, ast.ClassDef)))
            == 1
        ):
            yield name, shape


@mutation
def wrong_dict_field(scene):
    if scene.dspy:
        for wrong in (
            "(str, dspy.InputField)",
            '("str", dspy.InputField())',
            "[str, dspy.InputField()]",
        ):
            text = f'Wrong = dspy.Signature({{"a": {wrong}, "b": (str, dspy.OutputField())}})'
            yield scene.append("DSP321", text)


@mutation
def dict_to_predictor(scene):
    if scene.dspy:
        fields = '{"a": (str, dspy.InputField()), "b": (str, dspy.OutputField())}'
        for api in ("Predict", "ChainOfThought"):
            yield scene.append("DSP322", f"wrong = dspy.{api}({fields})")


@mutation
def wrong_derivation(scene):
    for name, shape in first_class(scene):
        for field_ in [*shape.inputs, *shape.outputs]:
            slip = scene.misspell(field_, {*shape.inputs, *shape.outputs})
            yield scene.append("DSP323", f'Wrong = {name}.with_updated_fields("{slip}", desc="x")')
            yield scene.append("DSP324", f'Wrong = {name}.delete("{slip}")')


@mutation
def signature_of_signature(scene):
    if scene.dspy:
        for name, _ in first_class(scene):
            yield scene.append("DSP325", f"Wrong = dspy.Signature({name})")
            yield scene.append("DSP325", f'Wrong = dspy.Signature({name}, "Be brief.")')
        text = 'Own = dspy.Signature("a -> b")\nWrong = dspy.Signature(Own, "Be brief.")'
        yield scene.append("DSP325", text)


@mutation
def added_without_field(scene):
    if scene.dspy:
        for name, _ in first_class(scene):
            yield scene.append("DSP326", f'Wrong = {name}.append("extra", dspy.OutputField)')
            yield scene.append("DSP326", f'Wrong = {name}.prepend("extra", dspy.InputField)')
        text = 'Own = dspy.Signature("a -> b")\nWrong = Own.insert(0, "c", dspy.InputField)'
        yield scene.append("DSP326", text)


@mutation
def constraint_of_another_type(scene):
    for _, _, statement, call in declarations(scene):
        if (
            isinstance(statement, ast.AnnAssign)
            and scene.text(statement.annotation) in WRONG_LIMITS
        ):
            limit = WRONG_LIMITS[scene.text(statement.annotation)]
            yield scene.edit("DSP311", scene.end(call.func), scene.end(call), f"({limit})")


WRONG_LIMITS = {
    "str": "min_length=-1",
    "int": 'ge="0"',
    "float": 'le="one"',
    "list[str]": 'max_length="3"',
    "dict[str, int]": "min_length=-2",
    "bool": "gt=True, pattern='['",
}


@mutation
def signature_called(scene):
    for name, shape in first_class(scene):
        if len(shape.inputs) > 0 and len(shape.outputs) > 0:
            yield scene.append("DSP327", f"wrong = {name}()")
            given = ", ".join(f'{field}="x"' for field in shape.inputs)
            yield scene.append("DSP327", f"wrong = {name}({given})")


@mutation
def misused_derivation(scene):
    if not scene.dspy:
        return
    for name, shape in first_class(scene):
        brief = f'Wrong = dspy.ensure_signature({name}, "Be brief.")'
        yield scene.append("DSP328", brief)
        beyond = len(shape.inputs) + 1
        yield scene.append("DSP329", f'Wrong = {name}.insert({beyond}, "extra", dspy.InputField())')
        beyond = len(shape.outputs) + 7
        given = f'{beyond}, "extra", dspy.OutputField(), str'
        yield scene.append("DSP329", f"Wrong = {name}.insert({given})")
        yield scene.append("DSP330", f'Wrong = {name}.with_instruction("Be brief.")')
        yield scene.append("DSP330", f'Wrong = {name}.with_updated_field("x", desc="y")')
        yield scene.append("DSP330", f"print({name}.inputs_fields)")
    own = 'Own = dspy.Signature("a -> b")\n'
    yield scene.append("DSP328", f'{own}Wrong = dspy.ensure_signature(Own, instructions="Brief.")')
    yield scene.append("DSP329", f'{own}Wrong = Own.insert(3, "c", dspy.OutputField())')


# ------------------------------------------------------------------- constructors


@mutation
def constructors(scene):
    for bound in scene.bound:
        call = bound.call
        func, first = scene.text(call.func), scene.text(call.args[0])
        prefix = func.rpartition(".")[0]
        if not prefix:
            continue

        def rebuilt(code, text, release=None, call=call):
            return scene.edit(code, scene.start(call), scene.end(call), text, release=release)

        yield rebuilt("DSP401", f"{prefix}.ReAct({first}, tools=[], max_iterations=3)")
        yield rebuilt("DSP401", f'{prefix}.ReAct({first}, tools=[], instructions="Be brief.")')
        yield rebuilt("DSP402", f"{prefix}.ReAct({first})")
        yield rebuilt("DSP402", f"{prefix}.CodeAct({first}, max_iters=3)")
        yield rebuilt("DSP403", f"{prefix}.Predict({first}, demos=[])")
        yield rebuilt("DSP403", f'{prefix}.ChainOfThought({first}, instructions="Be brief.")')
        wrapped = f"module={first}, N=2, reward_fn=lambda args, pred: 1.0, threshold=1.0"
        yield rebuilt("DSP404", f"{prefix}.BestOfN({wrapped})")
        yield rebuilt("DSP405", f"{prefix}.RLM({first})", "2.6.27")
        yield rebuilt("DSP405", f"{prefix}.ReActV2({first}, tools=[])", "3.0.4")
        yield rebuilt("DSP406", f'{prefix}.Predict({first}, "Be brief.")')
        yield rebuilt("DSP406", f'{prefix}.ChainOfThought({first}, "Be brief.")')
        yield rebuilt("DSP407", f'{prefix}.ReAct({first}, tools=["search"])')
        yield rebuilt("DSP408", f"{prefix}.ChainOfThought({prefix}.Predict({first}))")
        reasoning = ("'Think.'", "str", "{'desc': 'Think.'}")[scene.start(call) % 3]
        yield rebuilt("DSP414", f"{prefix}.ChainOfThought({first}, rationale_field={reasoning})")
        slip = scene.misspell(func.rpartition(".")[2], PREDICTORS)
        if prefix in {"dspy", "d"}:
            yield rebuilt("DSP411", f"{prefix}.{slip}({first})")
        yield rebuilt("DSP410", f"{prefix}.ReAct({first}, [], 3, 4)")


@mutation
def custom_types_in_a_list(scene):
    if scene.dspy:
        made = "class Contact:\n    pass\n\n\n"
        for types in ("[Contact]", "(Contact,)", "Contact"):
            given = f'"text -> contacts: list[Contact]", custom_types={types}'
            yield scene.append("DSP415", f"{made}Wrong = dspy.Signature({given})")


@mutation
def lm_as_string(scene):
    if scene.dspy:
        yield scene.append("DSP409", 'dspy.configure(lm="openai/gpt-4o-mini")')
        yield scene.append("DSP409", 'dspy.settings.configure(lm="openai/gpt-4o-mini")')


@mutation
def settings(scene):
    if scene.dspy:
        yield scene.append("DSP412", "dspy.configure(llm=dspy.LM('openai/gpt-4o-mini'))")
        yield scene.append("DSP412", "scope = dspy.context(adaptor=dspy.JSONAdapter())")
        for argument in ("temprature=0.2", "max_token=100", "api_baes='http://localhost'"):
            yield scene.append("DSP413", f"slow = dspy.LM('openai/gpt-4o-mini', {argument})")


# -------------------------------------------------------------------------- calls


def calls(scene):
    for bound in scene.bound:
        for call in bound.calls:
            yield bound, call


@mutation
def misspelt_keyword(scene):
    for bound, call in calls(scene):
        for keyword in call.keywords:
            slip = scene.misspell(keyword.arg, set(bound.shape.inputs))
            at = scene.start(keyword)
            yield scene.edit("DSP501", at, at + len(keyword.arg), slip)


@mutation
def missing_input(scene):
    for bound, call in calls(scene):
        if {k.arg for k in call.keywords} != set(bound.shape.inputs):
            continue
        for keyword in call.keywords:
            type_ = bound.shape.inputs[keyword.arg] or ""
            if "None" in type_ or "Optional" in type_:
                continue
            rest = ", ".join(scene.text(k) for k in call.keywords if k is not keyword)
            yield scene.edit("DSP502", scene.end(call.func), scene.end(call), f"({rest})")


@mutation
def positional_call(scene):
    for _, call in calls(scene):
        values = ", ".join(scene.text(k.value) for k in call.keywords)
        if values:
            yield scene.edit("DSP503", scene.end(call.func), scene.end(call), f"({values})")


@mutation
def wrong_output(scene):
    for bound in scene.bound:
        for read in bound.reads:
            end = scene.end(read)
            start = end - len(read.attr)
            slip = scene.misspell(read.attr, {*bound.shape.outputs, "reasoning", "trajectory"})
            yield scene.edit("DSP504", start, end, slip)
            if bound.api == "ChainOfThought":
                yield scene.edit("DSP504", start, end, "rationale")


@mutation
def wrong_literal(scene):
    wrong = {
        "str": "7",
        "int": '"many"',
        "float": '"high"',
        "bool": '"yes"',
        "list[str]": '"one, two"',
        "list[int]": '["one"]',
        "dict[str, int]": '["a"]',
    }
    for bound, call in calls(scene):
        for keyword in call.keywords:
            new = wrong.get(bound.shape.inputs[keyword.arg] or "")
            if new:
                value = keyword.value
                yield scene.edit("DSP505", scene.start(value), scene.end(value), new)


@mutation
def awaited(scene):
    for bound in scene.bound:
        if not bound.text.startswith("self.") and isinstance(bound.scope, ast.Module):
            given = ", ".join(f'{name}="x"' for name in bound.shape.inputs)
            text = f"async def extra():\n    return await {bound.text}({given})"
            yield scene.append("DSP506", text)
    for name, parameters in modules(scene):
        given = ", ".join(f'{p}="x"' for p in parameters)
        text = f"async def extra():\n    program = {name}()\n    return await program({given})"
        yield scene.append("DSP506", text)


def modules(scene):
    """Modules that need nothing to be made, with the parameters of their forward."""
    for node in scene.tree.body:
        if not isinstance(node, ast.ClassDef) or not node.bases or last(node.bases[0]) != "Module":
            continue
        methods = {m.name: m for m in node.body if isinstance(m, ast.FunctionDef)}
        init, forward = methods.get("__init__"), methods.get("forward")
        if forward is None or forward.args.kwarg or forward.args.vararg:
            continue
        if init is not None and len(init.args.args) - 1 > len(init.args.defaults):
            continue
        yield node.name, [a.arg for a in forward.args.args[1:]]


@mutation
def module_arguments(scene):
    for name, parameters in modules(scene):
        given = [f'{p}="x"' for p in parameters]
        for i, parameter in enumerate(parameters):
            slip = scene.misspell(parameter, set(parameters))
            other = ", ".join([*given[:i], f'{slip}="x"', *given[i + 1 :]])
            yield scene.append("DSP507", f"wrong = {name}()({other})")
        wrong = ", ".join([*given, "surprise=1"])
        yield scene.append("DSP507", f"wrong = {name}()({wrong})")
        yield scene.append("DSP507", f"fresh = {name}()\nprint(fresh({wrong}))")
        yield scene.append("DSP508", f"wrong = {name}()()")
        yield scene.append("DSP508", f"fresh = {name}()\nprint(fresh())")
        yield scene.append("DSP508", f"def use(program={name}()):\n    return {name}()()")


@mutation
def unused_output(scene):
    for bound in scene.bound:
        argument = bound.call.args[0]
        if not isinstance(argument, ast.Constant) or not bound.reads or not bound.calls:
            continue
        if all(isinstance(scene.parents[c], ast.Attribute) for c in bound.calls):
            at = scene.end(argument) - 1
            if scene.source[at - 1] not in "\n\"' ":
                yield scene.edit("DSP509", at, at, ", never_read_anywhere")
    if scene.dspy:
        for i in range(2):
            text = f'fresh{i} = dspy.Predict("a -> used_here, never_read_anywhere")\nprint(fresh{i}(a="x").used_here)'
            yield scene.append("DSP509", text, line=0)


@mutation
def forward_called(scene):
    for _, call in calls(scene):
        yield scene.edit("DSP510", scene.end(call.func), scene.end(call.func), ".forward")


@mutation
def listener_of_unknown_field(scene):
    if not scene.dspy:
        return
    made = "heard = dspy.streamify({}, stream_listeners=[dspy.streaming.StreamListener({})])"
    for bound in scene.bound:
        if isinstance(bound.scope, ast.Module) and bound.api in {"Predict", "ChainOfThought"}:
            for output in bound.shape.outputs:
                slip = scene.misspell(output, {*bound.shape.outputs, "reasoning"})
                yield scene.append("DSP511", made.format(bound.text, f'"{slip}"'))
    yield scene.append("DSP511", made.format('dspy.Predict("a -> b")', 'signature_field_name="a"'))
    twice = """class Twice(dspy.Module):
    def __init__(self):
        super().__init__()
        self.first = dspy.Predict("a -> b")
        self.second = dspy.ChainOfThought("b -> b2, c")
        self.third = [dspy.Predict("c -> c2")]


"""
    for name in ("b3", "a", "rationale"):
        yield scene.append("DSP511", twice + made.format("Twice()", f'"{name}"'))
    yield scene.append(
        "DSP511", twice.replace("c -> c2", "c -> b2") + made.format("Twice()", '"b2"')
    )


# ------------------------------------------------------- examples and optimizers


@mutation
def examples(scene):
    if not scene.dspy:
        return
    yield scene.append(
        "DSP601", 'wrong = dspy.Example(question="?", answer="!").with_inputs("quesiton")'
    )
    yield scene.append(
        "DSP602", 'wrong = dspy.Example(question="?", answer="!").with_inputs(["question"])'
    )
    text = 'fresh = dspy.Example(question="?", answer="!").with_inputs("question")\nprint(fresh.anwser)'
    yield scene.append("DSP603", text)
    text = 'bare = [dspy.Example(question="?", answer="!")]\nrate = dspy.Evaluate(devset=bare, metric=lambda e, p: 1)'
    yield scene.append("DSP604", text)
    yield scene.append("DSP605", 'wrong = dspy.Example("a question", answer="!")')


METRIC = "def judge(example, prediction, trace=None):\n    return True\n\n\n"
STUDENT = 'student = dspy.Predict("a -> b")\n'


@mutation
def optimizers(scene):
    if not scene.dspy:
        return
    wrong = {
        "DSP611": [
            "tune = dspy.BootstrapFewShot(metric=judge, max_demos=4)",
            "tune = dspy.MIPROv2(metric=judge, auto='light', num_thread=4)",
        ],
        "DSP612": [
            "tune = dspy.MIPROv2(auto='light')",
            "tuned = dspy.BootstrapFewShot(metric=judge).compile(student)",
        ],
        "DSP613": [
            "tuned = dspy.BootstrapFewShot(metric=judge).compile(student, [])",
            "rate = dspy.Evaluate([], metric=judge)",
        ],
        "DSP615": [
            "tune = dspy.GEPA(metric=five, reflection_lm=dspy.LM('openai/gpt-4o'))",
            "tune = dspy.GEPA(metric=five, auto='light')",
        ],
    }
    five = (
        "def five(gold, pred, trace=None, pred_name=None, pred_trace=None):\n    return 1.0\n\n\n"
    )
    wrong |= {
        "DSP616": [
            "tune = dspy.MIPROv2(metric=judge, auto='medum')",
            "tune = dspy.GEPA(metric=five, auto='lite', reflection_lm=dspy.LM('openai/gpt-4o'))",
        ],
        "DSP617": [
            "tune = dspy.MIPROv2(metric=judge, num_candidates=10)",
            "tune = dspy.MIPROv2(judge, auto='heavy', num_candidates=5)",
        ],
    }
    for code, texts in wrong.items():
        for text in texts:
            yield scene.append(code, METRIC + five + STUDENT + text)
    one = "def one(example):\n    return True\n\n\n"
    yield scene.append("DSP614", one + "rate = dspy.Evaluate(devset=[], metric=one)")
    text = METRIC + "tune = dspy.GEPA(metric=judge, auto='light', reflection_lm=dspy.LM('x'))"
    yield scene.append("DSP614", text)


# --------------------------------------------------------------------- suppressions


@mutation
def suppressions(scene):
    for node in scene.tree.body[1:3]:
        end = scene.end(node)
        yield scene.edit("DSP901", end, end, "  # dspy: ignore[DSP501]")
        yield scene.edit("DSP902", end, end, "  # dspy: ignore[DSP999]")
