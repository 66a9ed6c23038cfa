"""Measure what builds cost, and write the table: ``make bench``.

    make bench                     all of it: about 40 minutes
    make bench ONLY="10/ 100/ours" what begins so; the rest is kept as it was

Each finished step is kept in ``build/bench/results.json``, so that a run that was
ended goes on where it was.  A change of what is measured begins anew; one of the site's
own machinery only with the steps that use it.  A step runs three times, or once if that
takes long; its fastest run counts.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import platform
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import psutil

import steps
import table
from measure import Figures, measure

ROOT = Path(__file__).resolve().parents[1]
PLACE = ROOT / "build/bench"
RESULTS = PLACE / "results.json"
SIZES = [10, 100, 1000]
ENOUGH = 20.0  # seconds of runs of a step, after which none is begun
PACKAGES = ("torch", "sphinx", "sphinx-gallery", "furo", "myst-nb", "nbsphinx")
MACHINERY = (
    *("conf.py", "requirements.txt", "docs/_ext", "docs/_tools", "docs/_templates"),
    "docs/_static",
)
OTHERS = (
    *("requirements.txt", "benchmarks/pages.py", "benchmarks/galleries.py"),
    *("benchmarks/steps.py", "benchmarks/measure.py"),
)


def main(*only: str) -> int:
    """Run what is not known yet; write the table."""
    results = known()
    for step in steps.steps(PLACE, SIZES):
        wanted = not only or any(step.name.startswith(begin) for begin in only)
        if wanted and step.name not in results["steps"]:
            results["steps"][step.name] = figures = measured(step)
            RESULTS.write_text(json.dumps(results, indent=1), "utf-8")
            print(f"{step.name}: {table.figures(figures)}", flush=True)
    table.write(ROOT / "benchmarks/README.md", results)
    return 0


def measured(step: steps.Step) -> dict[str, Any]:
    """Return what the fastest of a step's runs cost, and the seconds of each."""
    runs: list[Figures] = []
    while len(runs) < table.ROUNDS and sum(run.wall for run in runs) < ENOUGH:
        step.folder.mkdir(parents=True, exist_ok=True)
        with step.before():
            runs.append(measure(step.command, step.folder, steps.environment()))
    return {**min(runs)._asdict(), "walls": [run.wall for run in runs]}


def known() -> dict[str, Any]:
    """Return the results so far, but for those of what has changed since."""
    state = {"of": digest(OTHERS), "machine": machine(), "versions": versions()}
    ours = digest(MACHINERY)
    try:
        results = json.loads(RESULTS.read_text("utf-8"))
    except (OSError, ValueError):
        results = {}
    if any(results.get(name) != value for name, value in state.items()):
        shutil.rmtree(PLACE, ignore_errors=True)
        PLACE.mkdir(parents=True)
        results = {**state, "steps": {}}
    if results.get("ours") != ours:
        for folder in (*PLACE.glob("*/ours"), PLACE / "real"):
            shutil.rmtree(folder, ignore_errors=True)
        kept = {n: cost for n, cost in results["steps"].items() if "/ours/" not in n}
        date = time.strftime("%Y-%m-%d", time.gmtime())
        results |= {"ours": ours, "date": date, "steps": kept}
    return results


def digest(names: tuple[str, ...]) -> str:
    """Return a digest of files and folders of the project."""
    found = hashlib.sha256()
    for name in names:
        path = ROOT / name
        files = [path] if path.is_file() else sorted(path.rglob("*.*"))
        for file in files:
            if file.is_file() and file.suffix != ".pyc":
                found.update(file.read_bytes())
    return found.hexdigest()


def machine() -> str:
    """Return what the figures were measured on."""
    memory = psutil.virtual_memory().total / 2**30
    system = f"{platform.system()} {platform.machine()}"
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count()
    return f"{processor()}, {cores} cores, {memory:.0f} GB, {system}"


def processor() -> str:
    """Return the name of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def versions() -> str:
    """Return the versions that matter."""
    found = [f"{name} {importlib.metadata.version(name)}" for name in PACKAGES]
    return ", ".join([f"Python {platform.python_version()}", *found])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
