"""Build or check the site: ``build.py html``, or a goal of `BUILDERS`.

The first language executes the gallery; the others sleep until then, and are built
beside it.  A site is published only if every page of every language is there.
Whatever fails ends in one message, and ``build/html`` stays as it was.
"""

import fcntl
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs/_ext"))

import network  # noqa: E402
import publish  # noqa: E402
import sphinx_run  # noqa: E402
from sphinx_run import WORK, SphinxRun  # noqa: E402
from tested_gallery import author_files  # noqa: E402
from tested_gallery.author_files import FileError  # noqa: E402


def main(goal: str, *options: str) -> int:
    """Do what ``make`` was asked for; return the exit status."""
    try:
        settings = author_files.settings(ROOT / "conf.py")
        languages = list(settings["languages"])
        if any("language=" in option for option in options):
            return give_up("SPHINXOPTS sets the language, which each build has.")
        with alone():
            publish.put_back()
            if found := list(author_files.faults(ROOT)):
                return give_up("\n".join(f"{error}." for error in found))
            if goal == "linkcheck":  # without a network each link would be reported
                projects = settings.get("intersphinx_mapping", {}).values()
                for base, _ in [*projects][:1]:
                    network.fetch(base)
            if goal != "html":
                return 0 if sphinx(goal, *BUILDERS[goal], *options) else 1
            if not site(settings["languages"], *options):
                return 1
            return publish.main(languages)
    except FileError as error:
        return give_up(f"{error}.")
    except network.NoNetworkError as error:
        return give_up(f"make {goal} needs a network: {error}.")
    except OSError as error:
        if isinstance(error, shutil.Error):  # one entry for each file: say the first
            error = error.args[0][0][2]
        return give_up(f"{error}.  Mend that and run the command again.")
    except KeyboardInterrupt:
        return give_up("interrupted.") or 130


BUILDERS = {
    "doctest": (
        "--builder=doctest",
        "--define=sphinx_gallery_conf.run_stale_examples=1",
    ),
    "expected": ("--builder=dummy", "--define=accept_outputs=1"),
    "addresses": ("--builder=dummy", "--define=note_addresses=1"),
    "linkcheck": ("--builder=linkcheck",),
}


def give_up(message: str) -> int:
    """Print the one message of a failure."""
    print(f"{message}  build/html is as it was.", file=sys.stderr)
    return 1


@contextmanager
def alone() -> Iterator[None]:
    """Hold the folder's lock, which ends with the process that holds it."""
    WORK.mkdir(parents=True, exist_ok=True)
    with (WORK / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            busy = f"Another build is at work in this folder (process {lock.read()})."
            sys.exit(give_up(f"{busy}  Wait for it, or end it."))
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def site(languages: dict[str, str], *options: str) -> bool:
    """Build the pages of all languages; return whether all came to a good end.

    Two languages share two processors: the second sleeps while the gallery is executed.
    """
    first, *others = languages
    html = ("--builder=html", *options)
    said = "Building the pages: {} ({})".format
    with sphinx_run.runs() as runs:
        print(said(languages[first], first), flush=True)
        runs.append(SphinxRun(first, f"--define=language={first}", *html))
        for name in others:
            settings = f"--define=language={name}", f"--define=gallery_of={first}"
            runs.append(SphinxRun(name, *settings, *html, aside=True))
        if not ended_well(runs[0]):
            return False  # the others would say the same again
        well = True
        for run in runs[1:]:
            print(said(languages[run.name], run.name), flush=True)
            well &= ended_well(run)  # each says what is wrong
        return well


def sphinx(name: str, *options: str) -> bool:
    """Run one builder; return whether it came to a good end."""
    with sphinx_run.runs() as runs:
        runs.append(SphinxRun(name, *options))
        return ended_well(runs[0])


def ended_well(run: SphinxRun) -> bool:
    """Wait for a run; return whether it came to a good end, else say that it failed."""
    if run.ended_well():
        return True
    give_up(f"{run.name}: failed, see above.")
    return False


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main(*sys.argv[1:]))
