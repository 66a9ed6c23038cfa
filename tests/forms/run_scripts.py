"""Run scripts, each in a process of its own: ``python run_scripts.py SCRIPT ...``.

Importing torch takes most of a script's time, so it is imported once, here, and each
script runs in a copy of this process, which ends as the process of a script does.
Prints the exit statuses as JSON; what a script printed lies beside its folder.
"""

from __future__ import annotations

import gc
import json
import os
import runpy
import sys
from pathlib import Path


def become(script: Path) -> None:
    """Run a script in this process, as Python would: in its folder, as ``__main__``."""
    folder = script.parent
    for stream, suffix in ((1, ".stdout"), (2, ".stderr")):
        printed = os.open(folder.with_suffix(suffix), os.O_WRONLY | os.O_CREAT)
        os.dup2(printed, stream)
    os.chdir(folder)
    sys.argv = [script.name]
    sys.path[0] = str(folder)
    runpy.run_path(script.name, run_name="__main__")


def main() -> None:
    """Run all scripts, one after the other."""
    # Here, since pytest imports this module to look for doctests.
    import torch._dynamo  # noqa: F401 - torch, and what an optimizer's first step imports

    gc.freeze()  # else the end of each copy goes through all that was imported
    statuses = []
    for script in sys.argv[1:]:
        child = os.fork()
        if not child:
            become(Path(script))
            return
        _, status = os.waitpid(child, 0)
        statuses.append(os.waitstatus_to_exitcode(status))
    print(json.dumps(statuses))


if __name__ == "__main__":
    main()
