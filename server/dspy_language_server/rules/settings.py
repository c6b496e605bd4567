"""Settings and LM arguments that DSPy takes without a word and that nothing reads."""

from __future__ import annotations

from collections.abc import Iterator

from dspy_language_server.program.model import Call, Unit
from dspy_language_server.rules import edits
from dspy_language_server.rules.finding import Finding
from dspy_language_server.rules.nearest import nearest
from dspy_language_server.rules.rule import Family, Rule, Surroundings
from dspy_language_server.signature.model import Severity

UNKNOWN_SETTING = Rule(
    "DSP412", "unknown-setting", Severity.WARNING, "DSPy has no such setting and reads it nowhere."
)
UNKNOWN_LM_ARGUMENT = Rule(
    "DSP413",
    "unknown-lm-argument",
    Severity.WARNING,
    "The LM hands this keyword to the provider, which means another one.",
)

CONFIGURES = frozenset({"configure", "context"})
# The keys of `DEFAULT_CONFIG` in dspy/dsp/utils/settings.py, of all supported releases together: a
# program's own keys are allowed there, so only a slip of one of these is a mistake.
SETTINGS = (
    "lm", "adapter", "rm", "branch_idx", "trace", "callbacks", "async_max_workers", "send_stream",
    "disable_history", "track_usage", "usage_tracker", "caller_predict", "caller_modules",
    "stream_listeners", "provide_traceback", "num_threads", "max_errors", "max_history_size",
    "max_trace_size", "allow_tool_async_sync_conversion", "warn_on_type_mismatch",
    "interpreter_factory", "bypass_assert", "bypass_suggest", "assert_failures",
    "suggest_failures", "langchain_history", "experimental", "backoff_time", "compiling",
)  # fmt: skip
# What people write for a setting, from other libraries' vocabulary, where spelling is not near.
MEANT = {
    "llm": "lm", "language_model": "lm", "default_lm": "lm", "retrieval_model": "rm",
    "n_threads": "num_threads",
}  # fmt: skip
# The constructor's own parameters and the arguments of a completion that providers share.
LM_ARGUMENTS = (
    "model", "model_type", "temperature", "max_tokens", "cache", "callbacks", "num_retries",
    "provider", "finetuning_model", "launch_kwargs", "train_kwargs", "use_developer_role",
    "rollout_id", "api_key", "api_base", "base_url", "api_version", "headers", "extra_headers",
    "extra_body", "timeout", "top_p", "top_k", "n", "stop", "seed", "logprobs", "top_logprobs",
    "frequency_penalty", "presence_penalty", "reasoning_effort", "response_format", "tools",
    "tool_choice", "max_completion_tokens", "user", "thinking", "organization", "custom_llm_provider",
    "engine", "async_engine", "prompt_cache",
)  # fmt: skip


def check_settings(unit: Unit, _: Surroundings) -> Iterator[Finding]:
    """`dspy.configure(llm=lm)`: kept as a key of one's own, and every predictor goes without an LM."""
    for call in unit.calls:
        if call.kind != "api" or call.api not in CONFIGURES or not call.sure:
            continue
        for keyword in call.keywords:
            if keyword in SETTINGS:
                continue
            meant = MEANT.get(keyword) or nearest(keyword, SETTINGS)
            if meant is not None:
                yield _setting(call, keyword, meant)


def _setting(call: Call, keyword: str, meant: str) -> Finding:
    argument = call.keywords[keyword]
    taken = meant in call.keywords
    return UNKNOWN_SETTING.at(
        edits.name_place(argument),
        f"DSPy has no setting `{keyword}`: it is kept without a word and read nowhere. Did you "
        f"mean `{meant}`?",
        fixes=(
            None if taken else edits.rename(argument, meant),
            edits.remove(call, argument, preferred=taken),
        ),
        data={"name": keyword, "nearest": meant},
    )


def check_lm_arguments(unit: Unit, _: Surroundings) -> Iterator[Finding]:
    """`dspy.LM("openai/gpt-4o-mini", temprature=0.2)`: the temperature stays the default."""
    for call in unit.calls:
        if call.kind != "api" or call.api != "LM" or not call.sure:
            continue
        for keyword, argument in call.keywords.items():
            if keyword in LM_ARGUMENTS:
                continue
            meant = nearest(keyword, LM_ARGUMENTS)
            if meant is None or meant in call.keywords or len(keyword) < 4:
                continue
            yield UNKNOWN_LM_ARGUMENT.at(
                edits.name_place(argument),
                f"`dspy.LM` has no parameter `{keyword}` and hands it on with each request; `{meant}` "
                f"stays as it was. Did you mean `{meant}`?",
                fixes=(
                    edits.rename(argument, meant),
                    edits.remove(call, argument, preferred=False),
                ),
                data={"name": keyword, "nearest": meant},
            )


FAMILY = Family(
    "Settings",
    (UNKNOWN_SETTING, UNKNOWN_LM_ARGUMENT),
    (check_settings, check_lm_arguments),
)
