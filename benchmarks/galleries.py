"""Write the same pages as projects for each way of building them.

Each writer makes a project of ``count`` pages, in groups of ten, in a folder; a file
that is already as it should be is left alone, so that writing a project again undoes
edits and nothing else.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pages
from pages import GROUP, Page

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / name) for name in ("tests", "docs/_tools", "docs/_ext")]

from babel.messages import Catalog  # noqa: E402

import catalogs  # noqa: E402
import project  # noqa: E402

LANGUAGES = {"en": ("Gallery", "Group"), "zh_CN": ("示例", "组")}

CONF = """\
project = "Benchmark"
html_theme = "furo"
exclude_patterns = ["build", "**.ipynb_checkpoints"]
{}
"""
PLAIN = """\
language = "{}"
extensions = ["myst_parser"]


def setup(app):
    app.connect("builder-inited", leave_out_search)


def leave_out_search(app):
    app.builder.search = False
"""
SPHINX_GALLERY = """\
extensions = ["sphinx_gallery.gen_gallery"]
exclude_patterns += ["scripts"]
sphinx_gallery_conf = {
    "examples_dirs": "scripts",
    "gallery_dirs": "gallery",
    "filename_pattern": r"\\.py$",
    "copyfile_regex": r"index\\.rst",
    "within_subsection_order": "FileNameSortKey",
}
"""
NOTEBOOKS = {
    "myst-nb": 'extensions = ["myst_nb"]\nnb_execution_mode = "cache"\n'
    "nb_execution_raise_on_error = True\n",
    "nbsphinx": 'extensions = ["nbsphinx"]\n',
}


def write(path: Path, text: str) -> None:
    """Write a file unless that is what it holds."""
    if path.exists() and path.read_text("utf-8") == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def groups(count: int) -> dict[str, list[Page]]:
    """Return the pages of a gallery by groups.

    >>> {name: len(group) for name, group in groups(20).items()}
    {'group_001': 10, 'group_002': 10}
    """
    return {
        f"group_{first // GROUP + 1:03}": [
            pages.page(first + n) for n in range(1, GROUP + 1)
        ]
        for first in range(0, count, GROUP)
    }


def ours(root: Path, count: int) -> None:
    """Write a project under the site's own machinery, with its catalogs."""
    project.copy_machinery(root)
    shutil.copy(
        ROOT / "docs/locale/zh_CN/LC_MESSAGES/sphinx.po",
        folder(root / "docs/locale/zh_CN/LC_MESSAGES"),
    )
    write(root / "docs/index.md", "# Site\n\n```{toctree}\ngallery/index\n```\n")
    write_catalog(root, "index", {"Site": "网站"})
    scripts(root / "gallery", count)
    write_catalog(root, "gallery/index", {"Gallery": "示例"})
    for number, (group, members) in enumerate(groups(count).items(), start=1):
        write_catalog(
            root, f"gallery/{group}/index", {f"Group {number}": f"组 {number}"}
        )
        for page in members:
            write_catalog(root, f"gallery/{group}/{page.name}", pages.messages(page))


def folder(path: Path) -> Path:
    """Return a folder, made if need be."""
    path.mkdir(parents=True, exist_ok=True)
    return path


def write_catalog(root: Path, name: str, messages: dict[str, str]) -> None:
    """Write the catalog of a page."""
    catalog = Catalog()
    for english, chinese in messages.items():
        catalog.add(english, chinese)
    path = root / f"docs/locale/zh_CN/LC_MESSAGES/{name}.po"
    write(path, catalogs.catalog_text(catalog, "zh_CN"))


def scripts(root: Path, count: int) -> None:
    """Write a gallery of scripts, its index pages included."""
    found = groups(count)
    write(root / "index.rst", index("Gallery", [f"{name}/index" for name in found]))
    for number, (group, members) in enumerate(found.items(), start=1):
        names = [page.name for page in members]
        write(root / group / "index.rst", index(f"Group {number}", names))
        for page in members:
            write(root / group / f"{page.name}.py", pages.script(page))


def index(title: str, names: list[str]) -> str:
    """Return an index page in reST."""
    listed = "".join(f"   {name}\n" for name in names)
    return f"{title}\n{'=' * len(title)}\n\n.. toctree::\n\n{listed}"


def markdown_index(title: str, names: list[str]) -> str:
    """Return an index page in MyST."""
    return f"# {title}\n\n```{{toctree}}\n" + "\n".join(names) + "\n```\n"


def outputs(count: int) -> dict[str, list[str]]:
    """Return what each page prints, run in a process of its own.

    What is measured would inherit the size of a process that has imported torch.
    """
    command = [sys.executable, pages.__file__, str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    names = [page.name for members in groups(count).values() for page in members]
    return dict(zip(names, json.loads(done.stdout), strict=True))


def plain(root: Path, count: int) -> None:
    """Write the scripts, and a site a language of plain pages with their outputs."""
    scripts(root / "scripts", count)
    printed = outputs(count)
    for language, (gallery, group_title) in LANGUAGES.items():
        site = root / language
        write(site / "conf.py", CONF.format(PLAIN.format(language)))
        found = groups(count)
        names = [f"{name}/index" for name in found]
        write(site / "index.md", markdown_index(gallery, names))
        for number, (group, members) in enumerate(found.items(), start=1):
            title = f"{group_title} {number}"
            names = [page.name for page in members]
            write(site / group / "index.md", markdown_index(title, names))
            for page in members:
                text = pages.plain(page, language, printed[page.name])
                write(site / group / f"{page.name}.md", text)


def sphinx_gallery(root: Path, count: int) -> None:
    """Write a project for sphinx-gallery as it comes."""
    write(root / "conf.py", CONF.format(SPHINX_GALLERY))
    write(root / "index.rst", index("Site", ["gallery/index"]))
    scripts(root / "scripts", count)


def notebooks(root: Path, count: int) -> None:
    """Write a project of notebooks for the extension that the folder is named for."""
    write(root / "conf.py", CONF.format(NOTEBOOKS[root.name]))
    found = groups(count)
    write(root / "index.rst", index("Gallery", [f"{name}/index" for name in found]))
    for number, (group, members) in enumerate(found.items(), start=1):
        names = [page.name for page in members]
        write(root / group / "index.rst", index(f"Group {number}", names))
        for page in members:
            write(root / group / f"{page.name}.ipynb", pages.notebook(page))


def real(root: Path) -> None:
    """Copy the site's own project, as git knows it."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in listed.stdout.split("\0"):
        if name and (ROOT / name).is_file():
            source, target = ROOT / name, root / name
            if not target.exists() or target.read_bytes() != source.read_bytes():
                shutil.copy(source, folder(target.parent))
