"""Bring the catalogs up to date with the English pages: ``make catalogs``.

Sphinx's gettext builder would execute the gallery, or, told not to, would write
pages without outputs into ``docs/gallery``.  It therefore works on a copy of the
project, where losing the outputs does no harm.  A changed sentence keeps its old
translation, marked fuzzy; what is no longer on a page is dropped.
"""

import io
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from babel.messages import Catalog, pofile

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs/_ext"))

from tested_gallery import author_files  # noqa: E402
from tested_gallery.author_files import FileError  # noqa: E402

MAIN = Path(__file__).with_name("sphinx_main.py")
LABELS = "sphinx.po"  # the catalog of the site's labels, kept by hand
CODE = re.compile(r"``[^`]+``")
WRAPPED = re.compile(r"\n#\| (?!msg|\")")  # what Babel breaks of an old sentence
OLD, JOINT = re.compile(r"^#\| .*$", re.MULTILINE), re.compile(r'(?<!\\)" "')
WIDTH = 88
# No dates and no versions: a catalog changes only when its messages do.
HEADER = """\
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"""


def extract(project: Path) -> Path:
    """Return a folder of templates with the messages of all pages.

    They are read in ``project``, a copy without the generated pages.
    """
    for name in ("conf.py", "requirements.txt"):
        shutil.copy(ROOT / name, project)
    shutil.copytree(ROOT / "gallery", project / "gallery")
    ignored = shutil.ignore_patterns("__pycache__", "locale")
    shutil.copytree(ROOT / "docs", project / "docs", ignore=ignored)
    shutil.rmtree(project / "docs/gallery", ignore_errors=True)
    command = [
        *(sys.executable, str(MAIN), "--quiet", "--fail-on-warning"),
        *("--builder", "gettext", "--conf-dir", "."),
        *("--define", "sphinx_gallery_conf.plot_gallery=0"),
        *("--define", "suppress_warnings=image.not_readable"),  # no cell has drawn
        *("docs", "templates"),
    ]
    done = subprocess.run(command, cwd=project, stderr=subprocess.PIPE, text=True)
    print(done.stderr.replace(str(project), str(ROOT)), end="", file=sys.stderr)
    done.check_returncode()
    return project / "templates"


def read(path: Path) -> Catalog:
    """Return the catalog or template in a file.

    Babel takes the second line of an old sentence (``#|``) for a comment, which would
    stay when the sentence is mended.
    """
    catalog = author_files.catalog(path)
    for message in catalog:
        said = message.user_comments
        said[:] = [text for text in said if not text.startswith("|")]
    return catalog


def catalog_text(catalog: Catalog, language: str) -> str:
    """Return a catalog as the text of its file."""
    body = io.BytesIO()
    pofile.write_po(body, catalog, width=WIDTH, omit_header=True, include_previous=True)
    whole = WRAPPED.sub(" ", body.getvalue().decode())
    whole = OLD.sub(lambda line: JOINT.sub("", line[0]), whole)
    return HEADER.format(language=language) + "\n" + whole


def refreshed(templates: Path, folder: Path) -> dict[Path, str]:
    """Return the texts of a language's catalogs, by their paths.

    A sentence without a translation takes one that any catalog has for it, also that of
    a page which is gone: it may have another name now.  Code is its own translation.
    """
    old = {path: read(path) for path in folder.rglob("*.po")}
    known = {
        message.id: message.string
        for catalog in old.values()
        for message in catalog
        if message.string and not message.fuzzy
    }
    found = {}
    for template in sorted(templates.rglob("*.pot")):
        path = folder / template.relative_to(templates).with_suffix(".po")
        if path == folder / LABELS:
            continue
        catalog = old.get(path) or Catalog()
        catalog.update(read(template), update_creation_date=False)
        catalog.obsolete.clear()
        for message in catalog:
            if message.id and (message.fuzzy or not message.string):
                own = message.id if CODE.fullmatch(message.id) else message.string
                message.string = known.get(message.id, own)
                if message.id in known or own == message.id:
                    message.flags.discard("fuzzy")
        found[path] = catalog_text(catalog, folder.parent.name)
    return found


def write(texts: dict[Path, str], folder: Path) -> None:
    """Write the catalogs that change; drop those of no page, if git has them."""
    for path, text in texts.items():
        if not path.exists() or path.read_text("utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            print(f"changed: {path.relative_to(ROOT)}")
    for path in sorted(set(folder.rglob("*.po")) - {*texts, folder / LABELS}):
        if committed(path):
            path.unlink()
            print(f"deleted: {path.relative_to(ROOT)}")
        else:
            print(f"{path}:1: belongs to no page; delete it by hand, git has it not")
    for compiled in folder.rglob("*.mo"):
        if not compiled.with_suffix(".po").exists():
            compiled.unlink()


def committed(path: Path) -> bool:
    """Return whether git has a file as it is."""
    command = ["git", "status", "--porcelain", "--ignored", "--", path.name]
    done = subprocess.run(command, cwd=path.parent, capture_output=True)
    return not done.returncode and not done.stdout


def main() -> int:
    """Refresh all catalogs, or none; return the exit status."""
    try:
        languages = list(author_files.settings(ROOT / "conf.py")["languages"])[1:]
        for error in author_files.faults(ROOT):
            raise error
        with tempfile.TemporaryDirectory() as temporary:
            templates = extract(Path(temporary))
            folders = [ROOT / f"docs/locale/{name}/LC_MESSAGES" for name in languages]
            texts = [refreshed(templates, folder) for folder in folders]
    except (FileError, subprocess.CalledProcessError) as error:
        said = error if isinstance(error, FileError) else "Mend the pages first."
        print(said, "No catalog was changed.", sep="\n", file=sys.stderr)
        return 1
    for folder, found in zip(folders, texts, strict=True):
        write(found, folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
