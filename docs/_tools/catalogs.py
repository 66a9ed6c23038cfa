"""Bring the catalogs up to date with the English pages: ``make catalogs``.

Sphinx's gettext builder would execute the gallery, or, told not to, would write
pages without outputs into ``docs/gallery``.  It therefore works on a copy of the
project, where losing the outputs does no harm.  A changed sentence keeps its old
translation, marked fuzzy; what is no longer on a page is dropped.
"""

import io
import runpy
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from babel.messages import Catalog, pofile

ROOT = Path(__file__).resolve().parents[2]
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
    """Return a folder of templates with the messages of all pages of ``project``."""
    templates = project / "templates"
    command = [
        *(sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning"),
        *("--builder", "gettext", "--conf-dir", "."),
        *("--define", "sphinx_gallery_conf.plot_gallery=0"),
        *("--define", "suppress_warnings=image.not_readable"),  # no cell has drawn
        *("docs", "templates"),
    ]
    done = subprocess.run(command, cwd=project, stderr=subprocess.PIPE, text=True)
    print(done.stderr.replace(str(project), str(ROOT)), end="", file=sys.stderr)
    done.check_returncode()
    return templates


def copy_project(target: Path) -> Path:
    """Copy what the messages come from, without generated pages."""
    for name in ("conf.py", "requirements.txt"):
        shutil.copy(ROOT / name, target)
    shutil.copytree(ROOT / "gallery", target / "gallery")
    ignored = shutil.ignore_patterns("__pycache__", "locale")
    shutil.copytree(ROOT / "docs", target / "docs", ignore=ignored)
    shutil.rmtree(target / "docs/gallery", ignore_errors=True)
    return target


def read(path: Path) -> Catalog:
    """Return the catalog or template in a file.

    Babel takes the second line of an old sentence (``#|``) for a comment, which would
    stay when the sentence is mended.
    """
    with path.open("rb") as file:
        catalog = pofile.read_po(file)
    for message in catalog:
        said = message.user_comments
        said[:] = [text for text in said if not text.startswith("|")]
    return catalog


def catalog_text(catalog: Catalog, language: str) -> str:
    """Return a catalog as the text of its file."""
    body = io.BytesIO()
    pofile.write_po(body, catalog, width=WIDTH, omit_header=True, include_previous=True)
    return HEADER.format(language=language) + "\n" + body.getvalue().decode()


def write(templates: Path, language: str) -> None:
    """Write the catalogs of a language where they change; drop those of no page."""
    folder = ROOT / f"docs/locale/{language}/LC_MESSAGES"
    known = {folder / "sphinx.po"}  # the site's labels, kept by hand
    for template in sorted(templates.rglob("*.pot")):
        name = template.relative_to(templates).with_suffix(".po")
        catalog = folder / name
        if catalog in known:
            continue
        known.add(catalog)
        current = read(catalog) if catalog.exists() else Catalog()
        current.update(read(template), update_creation_date=False)
        current.obsolete.clear()
        text = catalog_text(current, language)
        if not catalog.exists() or catalog.read_text("utf-8") != text:
            catalog.parent.mkdir(parents=True, exist_ok=True)
            catalog.write_text(text, "utf-8")
            print(f"changed: {catalog.relative_to(ROOT)}")
    for catalog in set(folder.rglob("*.po")) - known:
        catalog.unlink()
        print(f"deleted: {catalog.relative_to(ROOT)}")


def main() -> int:
    """Refresh all catalogs; return the exit status."""
    languages = list(runpy.run_path(str(ROOT / "conf.py"))["languages"])[1:]
    with tempfile.TemporaryDirectory() as folder:
        try:
            templates = extract(copy_project(Path(folder)))
        except subprocess.CalledProcessError:
            print("No catalog was changed: mend the pages first.", file=sys.stderr)
            return 1
        for language in languages:
            write(templates, language)
    return 0


if __name__ == "__main__":
    sys.exit(main())
