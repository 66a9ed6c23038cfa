"""Build or check the site: ``build.py html``, ``draft``, or a goal of `BUILDERS`.

The first language executes the gallery; the others sleep until then, and are built
beside it.  A site is published only if every page of every language is there.
Whatever fails ends in one message, and ``build/html`` stays as it was.  A draft is
built in a place of its own, to be looked at: it may lack translations.
"""

import fcntl
import os
import shutil
import signal
import sys
from collections import Counter
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
from tested_gallery.languages import translation_check  # noqa: E402
from tested_gallery.languages.language_switch import folder  # noqa: E402
from tested_gallery.pages import page_texts  # noqa: E402


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
                projects = settings.get("api_documentation", {}).values()
                for base in [*projects][:1]:
                    network.fetch(base)
            if goal == "draft":
                return draft(settings["languages"], *options)
            if goal != "html":
                return 0 if sphinx(goal, *BUILDERS[goal], *options) else 1
            well = site(settings["languages"], languages, *options)
            if owed := [*author_files.todos(ROOT), *untranslated(languages)]:
                return give_up("\n".join([*map(str, owed), "Not published."]))
            return publish.main(languages) if well else 1
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


def site(languages: dict[str, str], names: list[str], *options: str) -> bool:
    """Build the pages of all languages; return whether all came to a good end.

    ``names`` are those of the runs.  Two languages share two processors: the second
    sleeps while the gallery is executed.
    """
    first, well = next(iter(languages)), True
    with sphinx_run.runs() as runs:
        for language, name in zip(languages, names, strict=True):
            of = first if runs else ""
            settings = f"--define=language={language}", f"--define=gallery_of={of}"
            html = "--builder=html", *settings, *options
            runs.append(SphinxRun(name, *html, aside=bool(runs)))
        for (language, called), run in zip(languages.items(), runs, strict=True):
            print(f"Building the pages: {called} ({language})", flush=True)
            well &= run.ended_well()  # each says what is wrong
            if run is runs[0] and not well:  # the others would say the same again
                if run.keeps and run.executed.exists():
                    for other in runs[1:]:
                        other.process.wait()  # what they read is kept
                break
    return well


def draft(languages: dict[str, str], page: str, *options: str) -> int:
    """Build a page, or all, to be looked at; say what is owed; return the status.

    What is to be translated is shown in the first language, and is no fault.
    """
    names = [f"draft/{folder(language)}" for language in languages]
    if not page:  # what was wrong with any page is told again
        shutil.rmtree(WORK / "doctrees/draft", ignore_errors=True)
    else:
        page_texts.find(page, ROOT)
    well = site(languages, names, f"--define=draft={page}", *options)
    catalogs = [line.partition(":")[0] for line in untranslated(names)]
    for catalog, messages in Counter(catalogs).items():
        if catalog.endswith(f"{page}.po"):
            what = f"needs translation ({messages}); 'make catalogs' notes what is open"
            print(f"{catalog}:1: {what}")
    todos = list(author_files.todos(ROOT, page))
    for todo in todos:
        print(todo, file=sys.stderr)
    for name in names:
        shown = f"gallery/{page}" if page else "index"
        print(f"To look at: {WORK / name / shown}.html")
    return 0 if well and not todos else 1


def untranslated(names: list[str]) -> list[str]:
    """Return a line for each message that the last build of a language lacked."""
    files = [WORK / "doctrees" / name / translation_check.OPEN for name in names]
    texts = [path.read_text("utf-8") for path in files if path.exists()]
    return "".join(texts).splitlines()


def sphinx(name: str, *options: str) -> bool:
    """Run one builder; return whether it came to a good end."""
    with sphinx_run.runs() as runs:
        runs.append(SphinxRun(name, *options))
        return runs[0].ended_well()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main(*sys.argv[1:]))
