"""Keep every address that was ever published: ``docs/addresses.txt``.

A line a page, with the anchors on it that others may link to; ``make addresses`` (the
setting ``note_addresses``) adds what is new, and nothing is deleted.  A page that is
gone says where it went:

    gallery/moving/casting: move4 move12
    gallery/loading/optimizer_state -> gallery/resuming/optimizer_state: load20 load21

At the old address readers find a page that leads on, and keeps the anchor.  An anchor
that is on another page now is found there by its name: where it was, a line leads on.
Anchors are the labels of the pages; they and the titles of pages are published in
``objects.inv`` too, for intersphinx.
"""

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

import tested_gallery
from tested_gallery import Context, Doctree, author_files
from tested_gallery.languages.language_switch import absolute_address

logger = logging.getLogger(__name__)

FILE = Path("docs/addresses.txt")
HEAD = """\
# Each page that was ever published and, behind it, the anchors that others may link to.
# 'make addresses' adds; nothing is deleted.  A page that is gone says where it went:
# 'page -> another: anchors'.  See docs/_ext/tested_gallery/site/redirects.py.
"""


class Address(NamedTuple):
    """A page that was published, where its readers find it now, and its anchors."""

    page: str
    target: str  # "" while the page is there
    anchors: list[str]
    line: int = 0

    def text(self) -> str:
        """Return the line of an address in the file."""
        pages = f"{self.page} -> {self.target}" if self.target else self.page
        return " ".join([f"{pages}:", *self.anchors]) if self.anchors else pages


def read(root: Path) -> list[Address]:
    """Return the addresses that were published; none if there is no file yet."""
    path = root / FILE
    return parse(author_files.text(path)) if path.exists() else []


def write(root: Path, listed: list[Address]) -> None:
    """Write the addresses that were published."""
    text = HEAD + "".join(f"{address.text()}\n" for address in listed)
    (root / FILE).write_text(text, "utf-8")


@functools.lru_cache(maxsize=1)  # each page asks for it
def parse(text: str) -> list[Address]:
    r"""Return the addresses in a text.

    >>> for address in parse("# words\na: x y\nb -> a: z\n"): print(*address)
    a  ['x', 'y'] 2
    b a ['z'] 3
    """
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.startswith("#"):
            pages, _, anchors = line.partition(":")
            page, _, target = pages.partition(" -> ")
            found.append(Address(page, target, anchors.split(), number))
    return found


def target(page: str, listed: dict[str, Address]) -> str:
    """Return where the readers of a page find it now, over several arrows if need be.

    >>> a, b = Address("a", "b", []), Address("b", "c", [])
    >>> target("a", {"a": a, "b": b}), target("c", {})
    ('c', 'c')
    """
    seen = {page}
    while page in listed and listed[page].target not in {"", *seen}:
        page = listed[page].target
        seen.add(page)
    return page


def homes(env: BuildEnvironment) -> dict[str, str]:
    """Return the page of each anchor."""
    labels = env.domains.standard_domain.anonlabels.values()
    return {anchor: page for page, anchor in labels}


def faults(env: BuildEnvironment, listed: list[Address]) -> Iterator[tuple[int, str]]:
    """Yield what is wrong with the file, by its lines."""
    pages, now = env.found_docs, homes(env)
    by_name = {address.page: address for address in listed}
    for address in listed:
        name, line = address.page, address.line
        if not name or " " in name + address.target:
            yield line, "is not 'page -> target: anchor anchor'"
        elif by_name[name] is not address:
            yield line, f"{name} has another line, {by_name[name].line}: one is enough"
        elif name in pages and address.target:
            yield line, f"{name} is a page, and cannot lead to another"
        elif name not in pages and not address.target:
            yield line, f"{name} was published and is gone: write '{name} -> <page>'"
        elif target(name, by_name) not in pages:
            yield line, f"{name} leads to {target(name, by_name)}, which is no page"
        for anchor in address.anchors:
            if anchor not in now:
                lost = f"the anchor {anchor} was published and is on no page now"
                yield line, f"{lost}; write '.. _{anchor}:' above the nearest fact"


def forget_labels(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Let a label move between two pages that are both read again.

    Sphinx forgets the labels of a page when it reads it: those of the next one would
    still be there, and be reported as duplicates.
    """
    for name in docnames:
        env.domains.standard_domain.clear_doc(name)


def publish_labels(app: Sphinx, env: BuildEnvironment) -> None:
    """Make the labels what others may link to.

    An anchor without a title takes that of its page.  What leads to no page of ours
    is left out, and so are the labels that sphinx-gallery gives.
    """
    domain = env.domains.standard_domain
    for name, (page, anchor) in list(domain.anonlabels.items()):
        if page not in env.found_docs or name.startswith("sphx_glr_"):
            del domain.anonlabels[name]
            domain.labels.pop(name, None)
        else:
            title = env.titles[page].astext()
            domain.labels.setdefault(name, (page, anchor, title))


def check(app: Sphinx, env: BuildEnvironment) -> None:
    """Report what is wrong with the file, in the build of the first language."""
    first = next(iter(app.config.languages), None)
    if app.config.language != first or app.builder.name == "gettext":
        return
    listed = read(app.confdir)
    found = list(faults(env, listed))
    for line, text in found:
        logger.warning("%s", text, location=f"{app.confdir / FILE}:{line}")
    if app.config.note_addresses and not found:
        new = merged(listed, env)
        write(app.confdir, new)
        were, are = (sum(1 + len(a.anchors) for a in all_) for all_ in (listed, new))
        print(f"{FILE}: {are - were} new", flush=True)


def merged(old: list[Address], env: BuildEnvironment) -> list[Address]:
    """Return the addresses that were and those that are, in the order of the pages."""
    targets = {address.page: address.target for address in old}
    anchors: dict[str, set[str]] = {page: set() for page in env.found_docs}
    anchors |= {address.page: set(address.anchors) for address in old}
    for anchor, page in homes(env).items():
        anchors[page].add(anchor)
    return [Address(p, targets.get(p, ""), sorted(anchors[p])) for p in sorted(anchors)]


def pages_that_lead_on(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Yield for each page that is gone what Sphinx writes at its address."""
    listed = {address.page: address for address in read(app.confdir)}
    for name, address in listed.items():
        if address.target and (goal := target(name, listed)) in app.env.found_docs:
            yield name, {"goal": goal}, "moved.html"


def add_moves(app: Sphinx, page: str, _: str, context: Context, __: Doctree) -> None:
    """Give a page the lines that lead on, and a page that leads on its goal."""
    titles, now = app.env.titles, homes(app.env)
    context["moved"] = [
        (anchor, now[anchor], titles[now[anchor]].astext())
        for address in read(app.confdir)
        for anchor in address.anchors
        if address.page == page and now.get(anchor, page) != page
    ]
    if goal := context.get("goal"):
        context["goal_title"] = titles[goal].astext()
        if base := app.config.html_baseurl:
            language = app.config.language
            context["pageurl"] = absolute_address(base, language, goal)


def setup(app: Sphinx) -> None:
    """Look at the labels once all pages are read, then at each page that is written."""
    app.add_config_value("note_addresses", default=False, rebuild="")
    file = app.confdir / FILE
    tested_gallery.depend_on(app, "addresses_digest", lambda config: [file])
    app.connect("env-before-read-docs", forget_labels)
    app.connect("env-updated", publish_labels)
    app.connect("env-check-consistency", check)
    app.connect("html-collect-pages", pages_that_lead_on)
    app.connect("html-page-context", add_moves, priority=600)
