"""The kinds of jobs, by name."""

from typing import Any

from .build import make_plan
from .call import run
from .job import Channel
from .leftovers import cleanup
from .log_job import log
from .preview import preview
from .ui import open_page
from .versions import experiments, logged, versions


def _plan(params: dict[str, Any], channel: Channel) -> dict[str, Any]:
    del channel
    return make_plan(params, refuse=False).as_json()


JOBS = {
    "plan": _plan,
    "log": log,
    "run": run,
    "preview": preview,
    "logged": logged,
    "versions": versions,
    "experiments": experiments,
    "open": open_page,
    "cleanup": cleanup,
}
