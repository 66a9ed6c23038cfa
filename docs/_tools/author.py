"""Write, rename or delete a page of the gallery with all that belongs to it.

    make new PAGE=group/page AFTER=page TITLE="…"
    make move FROM=group/page TO=group/page
    make drop PAGE=group/page TO=group/page

A page's name is that of its script, its expectation and its catalogs, and stands in the
order of its group, in the list of addresses, and wherever something links to it.
"""

import re
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs/_ext"))

import build  # noqa: E402
import catalogs  # noqa: E402
from tested_gallery import author_files  # noqa: E402
from tested_gallery.author_files import FileError  # noqa: E402
from tested_gallery.pages import page_texts, run_record  # noqa: E402
from tested_gallery.site import redirects  # noqa: E402

NAME = re.compile(r"[a-z][a-z0-9_]*/[a-z][a-z0-9_]*")
ANCHOR, LABEL = re.compile(r"(?m)^# \.\. _(\w+):$"), re.compile(r"([a-z]+)(\d+)$")
RELATIVE = re.compile(r":doc:`((?:[^`<]*<)?)(\w+)(>?)`")  # to a page of the same group
TEXTS = (  # that may name a page
    *("*.md", "gallery/**/*.*", "docs/**/*.md", "docs/*.csv", "docs/*.json"),
    *("docs/locale/**/*.po", "tests/**/*.txt"),
)
NEW = Path(__file__).with_name("new_page.txt")
NEW_RECIPE = Path(__file__).with_name("new_recipe.txt")
LEFT_TO_DO = """\
What only you can do, in this order:
  gallery/{page}.py: what is marked TODO; 'make draft PAGE={page}' shows the page
  tests/recipes/{page}.toml: what the page tells readers to copy, put on trial
  'make expected', and read tests/expected/{page}.txt
  'make catalogs', and translate docs/locale/*/LC_MESSAGES/gallery/{page}.po
  tests/search/queries.txt: what readers type who need the page, in each language
  'make addresses', then 'make check PAGE={page}'"""


def new(page: str, after: str, title: str) -> int:
    """Write a page that runs, behind another one of its group, or as its last."""
    script, order = free(page), (ROOT / f"gallery/{page}").with_name("index.rst")
    text = author_files.text(order)
    listed = re.findall(r"(?m)^   (\w+)$", text)
    after = after.rpartition("/")[2] or next(reversed(listed), "")
    if after and after not in listed:
        raise FileError(order, 1, f"does not list {after}; write AFTER=<page> of it")
    title = title or "TODO: the question, in the words that readers type"
    label = free_label(script.parent)
    header = {"title": title, "line": "=" * len(title), "label": label}
    script.write_text(NEW.read_text("utf-8").format(**header), "utf-8")
    recipe = ROOT / f"tests/recipes/{page}.toml"
    recipe.parent.mkdir(parents=True, exist_ok=True)
    recipe.write_text(NEW_RECIPE.read_text("utf-8"), "utf-8")
    own = f"   {script.stem}\n"
    new_text = entry(text, after, f"   {after}\n{own}") if after else text + own
    order.write_text(new_text, "utf-8")
    page_texts.named.cache_clear()
    if build.main("expected", f"--define=draft={page}") or catalogs.main():
        for path in (script, *of_page(page)):  # so that it can be tried again
            path.unlink()
        order.write_text(text, "utf-8")
        return 1
    print(LEFT_TO_DO.format(page=page))
    return 0


def free(page: str, mover: Path | None = None) -> Path:
    """Return the place of a page that is to be, or to move; refuse what cannot be."""
    script = ROOT / f"gallery/{page}.py"
    if not NAME.fullmatch(page):
        need = "<group>/<page>, of small letters, digits and underscores"
        raise FileError(script, 1, f"cannot be a page; write {need}")
    author_files.group(script.parent)
    for other in page_texts.pages(ROOT):
        if other.script.name == script.name and other.script != mover:
            raise FileError(other.script, 1, "has that name already; take another one")
    return script


def free_label(group: Path) -> str:
    """Return a label that no page has or had, in the way of its group."""
    known = [LABEL.match(a) for one in redirects.read(ROOT) for a in one.anchors]
    own = []
    for script in (ROOT / "gallery").glob("*/*.py"):
        here = [*map(LABEL.match, ANCHOR.findall(script.read_text("utf-8")))]
        known += here
        own += here if script.parent == group else []
    words = Counter(match[1] for match in own if match)
    word = words.most_common(1)[0][0] if words else group.name
    used = [int(match[2]) for match in known if match and match[1] == word]
    return f"{word}{max(used, default=0) + 1}"


def move(page: str, target: str) -> int:
    """Rename a page; its old address leads to the new one."""
    script = page_texts.find(page, ROOT).script
    goal = free(target, script)
    name, group = script.stem, script.parent.name
    files = {script: goal}
    if goal.parent != script.parent:
        files |= {w: goal.parent / w.name for w in own_workers(script)}
    changed = {}
    for path in texts():
        text = old = author_files.text(path)
        inside = f"gallery/{group}/" in path.as_posix()
        if inside and (path.stem == name or re.search(rf"[`<]{name}[`>]", text)):
            text = RELATIVE.sub(rf":doc:`\1/gallery/{group}/\2\3`", text)
        for before, now in files.items():
            text = re.sub(rf"\b{called(before)}\b", called(now), text)
        text = text.replace(f"/sphx_glr_{name}_", f"/sphx_glr_{goal.stem}_")  # figures
        if path == script.with_name("index.rst"):
            stays = goal.parent == script.parent
            text = entry(text, name, f"   {goal.stem}\n" if stays else "")
        elif path == goal.with_name("index.rst"):
            text += f"   {goal.stem}\n"
        if text != old:
            changed[path] = text
    for path, text in changed.items():
        path.write_text(text, "utf-8")
    lead(f"gallery/{page}", f"gallery/{target}")
    for path in of_page(page):
        inside = path.relative_to(ROOT).as_posix()
        files[path] = ROOT / inside.replace(page, target)
    for old, new in files.items():
        new.parent.mkdir(parents=True, exist_ok=True)
        old.rename(new)
        print(f"{old.relative_to(ROOT)} -> {new.relative_to(ROOT)}")
    return done()


def drop(page: str, target: str) -> int:
    """Delete a page that git has; its old address leads to another one."""
    script = page_texts.find(page, ROOT).script
    gone = [script, *own_workers(script), *of_page(page)]
    for path in gone:
        if not catalogs.committed(path):
            raise FileError(path, 1, "is not in git as it is; commit it, or delete it")
    goal = (
        page_texts.find(target, ROOT).name if target else f"{script.parent.name}/index"
    )
    lead(f"gallery/{page}", f"gallery/{goal}")
    order, asked = script.with_name("index.rst"), ROOT / "tests/search/queries.txt"
    order.write_text(entry(author_files.text(order), script.stem, ""), "utf-8")
    if asked.exists():
        lines = author_files.text(asked).splitlines(keepends=True)
        own = [line for line in lines if page in re.split(r"gallery/|\s", line)]
        asked.write_text("".join(line for line in lines if line not in own), "utf-8")
    for path in gone:
        if path.suffix != ".po":  # another page may have its sentences: see `catalogs`
            path.unlink()
            print(f"deleted: {path.relative_to(ROOT)}")
    return done()


def done() -> int:
    """Bring the catalogs up to date; say what comes next."""
    if catalogs.main():
        return 1
    print("Then 'git add --all', 'make html' and 'make addresses'")
    return 0


def called(script: Path) -> str:
    """Return the name by which others know a file of the gallery."""
    return script.relative_to(ROOT / "gallery").with_suffix("").as_posix()


def texts() -> list[Path]:
    """Return the files that may name a page."""
    found = {path for pattern in TEXTS for path in ROOT.glob(pattern)}
    return sorted(path for path in found if path.is_file() and path.suffix != ".pyc")


def own_workers(script: Path) -> list[Path]:
    """Return the files beside a script that no other page names."""
    beside = [path for path in script.parent.glob("[!_]*.py") if path != script]
    others = {worker for path in beside for worker in run_record.workers(path)}
    return [path for path in run_record.workers(script) if path not in others]


def of_page(page: str) -> list[Path]:
    """Return a page's expectation, its recipes and its catalogs."""
    own = (f"tests/expected/{page}.txt", f"tests/recipes/{page}.toml")
    own += (f"docs/locale/*/LC_MESSAGES/gallery/{page}.po",)
    return [path for pattern in own for path in ROOT.glob(pattern)]


def entry(order: str, name: str, text: str) -> str:
    """Return the order of a group with a text in the place of a page's line."""
    return re.sub(rf"(?m)^   {name}\n", text, order)


def lead(page: str, target: str) -> None:
    """Let the address of a page, if it was published, lead to another one."""
    listed = {address.page: address for address in redirects.read(ROOT)}
    if old := listed.get(page):
        listed[page] = old._replace(target=target)
        listed.setdefault(target, old._replace(page=target))
        redirects.write(ROOT, sorted(listed.values()))


if __name__ == "__main__":
    verb, *names = sys.argv[1:]
    if not all(names[: 2 if verb == "move" else 1]):
        sys.exit(next(one for one in __doc__.splitlines() if f"make {verb} " in one))
    try:
        sys.exit({"new": new, "move": move, "drop": drop}[verb](*names))
    except FileError as error:
        sys.exit(f"{error}.")
