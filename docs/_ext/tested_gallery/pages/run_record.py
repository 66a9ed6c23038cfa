"""Know which pages must run again, and what each of them ran with.

sphinx-gallery runs a page again when its script changes, and at no other time: after
an upgrade of torch, or a build that was killed, it shows old outputs.  Here each
finished run leaves a record beside the generated page, ``<page>.json``: a key made of
all that shapes the outputs, and what readers are told (torch, Python, device, date).
A page whose record does not fit is run again.  Nothing here imports torch.

Nor does sphinx-gallery delete what it generated: a page that was renamed would stay in
``docs/gallery``, stand in no table of contents and fail the build.
"""

import hashlib
import importlib.metadata
import json
import os
import platform
import re
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from tested_gallery import Context, Doctree
from tested_gallery.pages import page_texts
from tested_gallery.pages.page_texts import Page

DRIVER = Path("/proc/driver/nvidia")
LAST = ".last"  # of the file that has the record of the run before
SETTINGS = ("capture_repr", "ignore_repr_types", "image_scrapers", "reset_modules")


def environment_key(root: Path, settings: dict[str, Any]) -> str:
    """Return a digest of all that shapes the outputs of every page.

    ``root`` is the project's folder, ``settings`` sphinx-gallery's configuration.
    """
    parts = [
        installed_torch(),
        sys.version,
        platform.machine(),
        *cuda_devices(),
        (root / "requirements.txt").read_text("utf-8"),
        *(path.read_text("utf-8") for path in sources(settings)),
        *(str(settings.get(name)) for name in SETTINGS),
    ]
    return digest(*parts)


def sources(settings: dict[str, Any]) -> list[Path]:
    """Return what outputs pass through: the rooms in which the gallery's hooks live."""
    hooks = [*settings.get("image_scrapers", ()), *settings.get("reset_modules", ())]
    rooms = {Path(find_spec(hook.rpartition(".")[0]).origin).parent for hook in hooks}
    rooms.add(Path(__file__).parent)
    return sorted(path for room in rooms for path in room.glob("[!_]*"))


def digest(*parts: str | bytes) -> str:
    """Return one digest of several texts; ``repr`` says where each ends."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def installed_torch() -> str:
    """Return the text of ``torch/version.py``: release, build, CUDA, commit."""
    file = importlib.metadata.distribution("torch").locate_file("torch/version.py")
    return Path(file).read_text("utf-8")


def cuda_devices() -> list[str]:
    """Return what tells the visible CUDA devices from others, as Linux has it."""
    models = sorted(path.read_text() for path in DRIVER.glob("gpus/*/information"))
    nodes = sorted(map(str, Path("/dev").glob("nvidia[0-9]*")))
    shown = os.environ.get("CUDA_VISIBLE_DEVICES", "all")
    return [shown, *nodes, *re.findall("^Model:.*", "".join(models), re.MULTILINE)]


def workers(script: Path) -> list[Path]:
    """Return the files beside ``script`` that it names, and those that they name.

    They are what begins with an underscore: the gallery does not show them as pages.
    """
    beside = [path for path in sorted(script.parent.glob("_*")) if path.is_file()]
    found: list[Path] = []
    to_read = [script]
    while to_read:
        text = to_read.pop().read_text("utf-8", errors="replace")
        new = [p for p in beside if p.name in text and p not in found]
        found += new
        to_read += new
    return sorted(found)


def record_path(page: Page) -> Path:
    """Return where the record of a page's last finished run lies."""
    return page.generated.with_suffix(".json")


def key(page: Page, environment: str) -> str:
    """Return the key of a finished run: environment, page, what it generated.

    Files beside the script that it runs are of the page.
    """
    if not page.generated.exists():
        return ""
    files = [page.script, *workers(page.script), page.generated, *figures(page)]
    return digest(environment, *(path.read_bytes() for path in files))


def figures(page: Page) -> list[Path]:
    """Return the figures that a page's last run drew."""
    folder = page.generated.parent / "images"
    return sorted(folder.glob(f"sphx_glr_{page.script.stem}_???.svg"))


def set_aside(page: Page) -> None:
    """Take away what a page's last run left: its figures, and its record."""
    for figure in figures(page):
        figure.unlink()
    if record_path(page).exists():
        record_path(page).rename(page.generated.with_suffix(LAST))


def write(page: Page, environment: str, device: str) -> None:
    """Record that a page has just run on a device.

    A record that says what the last one said is that: it keeps its time, and the page
    is not read again.
    """
    record = {
        "key": key(page, environment),
        "torch": importlib.metadata.version("torch"),
        "python": platform.python_version(),
        "device": device,
        "executed": today(),
    }
    text, last = json.dumps(record, indent=1), page.generated.with_suffix(LAST)
    if not last.exists() or last.read_text("utf-8") != text:
        last.write_text(text, "utf-8")
    last.rename(record_path(page))


def today() -> str:
    """Return the date, in UTC, or the one that ``SOURCE_DATE_EPOCH`` gives."""
    now = int(os.environ.get("SOURCE_DATE_EPOCH", time.time()))
    return time.strftime("%Y-%m-%d", time.gmtime(now))


def read(page: Page) -> dict[str, str]:
    """Return the record of a page's last finished run, empty if there is none."""
    try:
        return json.loads(record_path(page).read_text("utf-8"))
    except (OSError, ValueError):
        return {}


def forget_gone(app: Sphinx) -> None:
    """Delete the generated files that have no script, or no original, any more."""
    for path in (app.srcdir / "gallery").glob("*/*.*"):
        folder = app.confdir / "gallery" / path.parent.name
        script = folder / f"{path.name.partition('.')[0]}.py"
        if not script.exists() and not (folder / path.name).exists():
            path.unlink()
    names = {page.script.stem for page in page_texts.pages(app.confdir)}
    for path in (app.srcdir / "gallery").glob("*/images/**/sphx_glr_*_*.*"):
        if path.stem.removeprefix("sphx_glr_").rpartition("_")[0] not in names:
            path.unlink()


def forget_stale(app: Sphinx) -> None:
    """Let sphinx-gallery run again the pages whose record does not fit."""
    environment = environment_key(app.confdir, app.config.sphinx_gallery_conf)
    for page in page_texts.pages(app.confdir):
        if read(page).get("key") != key(page, environment):
            checksum(page).unlink(missing_ok=True)


def checksum(page: Page) -> Path:
    """Return the file without which sphinx-gallery runs a page again."""
    return page.generated.parent / f"{page.script.name}.md5"


def depend_on_record(app: Sphinx, doctree: nodes.document) -> None:
    """Read a page again when its record changes: it shows it.

    Other pages have none: a dependency that is missing is always out of date.
    """
    record = Path(app.env.doc2path(app.env.docname)).with_suffix(".json")
    if record.exists():
        app.env.note_dependency(record)


def add_record(app: Sphinx, page: str, _: str, context: Context, __: Doctree) -> None:
    """Give the template what the page ran with."""
    if found := page_texts.called(page, app.confdir):
        context["run"] = read(found)


def setup(app: Sphinx) -> None:
    """Look at the records before sphinx-gallery runs (priority 500)."""
    app.connect("builder-inited", forget_gone, priority=400)
    app.connect("builder-inited", forget_stale, priority=450)
    app.connect("doctree-read", depend_on_record)
    app.connect("html-page-context", add_record)
