"""Find what is not translated, and fail a build whose translations are wrong.

Each message of a page must stand in the page's catalog (``docs/locale/<language>/
LC_MESSAGES/<page>.po``) with a translation that is not fuzzy, says the same with
the same markup, uses the site's terms and keeps the typography; the catalog holds
nothing else.  What is looked at is the page as Sphinx translated it, so that markup
which silently failed to be markup is seen.

What is missing, fuzzy or superfluous is open: the page shows the English, and the file
``open`` among the doctrees lists it, for `build`, which then publishes nothing.
"""

import contextlib
import difflib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import autocorrect_py
from babel.messages import Catalog, Message
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.util.nodes import extract_messages

from tested_gallery import author_files
from tested_gallery.author_files import FileError
from tested_gallery.languages import message_text, terms
from tested_gallery.languages.message_text import markup, prose

logger = logging.getLogger(__name__)

OPEN = "open"  # the file, and what the environment keeps of each page


class Original(NamedTuple):
    """A message before its translation: where it stands, what it says."""

    node: nodes.Element
    message: str
    prose: str
    markup: Counter[tuple[str, str]]


class Remember(SphinxTransform):
    """Note the messages of a document before Sphinx translates them (20)."""

    default_priority = 19

    def apply(self, **kwargs: object) -> None:
        """Keep the notes with the document that is being read."""
        if translated(self.config):
            self.env.current_document["originals"] = [
                Original(node, message, prose(node), markup(node))
                for node, message in extract_messages(self.document)
            ]


class Check(SphinxTransform):
    """Compare with the notes once Sphinx has translated (20)."""

    default_priority = 21

    def apply(self, **kwargs: object) -> None:
        """Warn of each fault, with the catalog's file and line."""
        if not translated(self.config):
            return
        self.env.note_dependency(terms.LIST)
        originals = self.env.current_document["originals"]
        path = catalog_path(self.env, self.env.docname)
        with contextlib.suppress(FileError):  # check_catalogs reports it
            catalog = author_files.catalog(path)
            self.env.metadata[self.env.docname][OPEN] = [
                f"{path}:{line}: {what}: {message!r}"
                for line, message, what in untranslated(originals, catalog)
            ]
            for line, message, fault in faults(originals, catalog):
                logger.warning("%s: %r", fault, message, location=f"{path}:{line}")


def translated(config: Config) -> bool:
    """Return whether this build is not in the language of the sources, the first."""
    return config.language != next(iter(config.languages))


def catalog_path(env: BuildEnvironment, docname: str) -> Path:
    """Return the catalog of a page."""
    return env.srcdir / f"locale/{env.config.language}/LC_MESSAGES/{docname}.po"


def untranslated(
    originals: list[Original], catalog: Catalog
) -> Iterator[tuple[int, str, str]]:
    """Yield line, message and description of what is open in a page's catalog."""
    entries = [*catalog, *catalog.obsolete.values()]
    gone = {entry.id: entry for entry in entries if entry.id}
    for original in originals:
        gone.pop(original.message, None)
    for original in originals:
        message, entry = original.message, catalog.get(original.message)
        if entry is None and (was := difflib.get_close_matches(message, gone, 1)):
            changed = f"has changed, 'make catalogs' notes it; it was {was[0]!r}"
            yield line(gone.pop(was[0])), message, changed
        elif entry is None or not entry.string.strip():
            yield line(entry), message, "is not translated"
        elif entry.fuzzy:
            yield (
                line(entry),
                message,
                "is marked fuzzy: read it again, mend it, delete '#, fuzzy'",
            )
    for message, entry in gone.items():
        yield line(entry), message, "is not on the page; 'make catalogs' drops it"


def faults(
    originals: list[Original], catalog: Catalog
) -> Iterator[tuple[int, str, str]]:
    """Yield line, message and description of each faulty translation of a page."""
    for original in originals:
        entry = catalog.get(original.message)
        done = entry and entry.string.strip() and not entry.fuzzy
        if done and (found := "; ".join(translation_faults(original, entry.string))):
            yield line(entry), original.message, found


def line(entry: Message | None) -> int:
    """Return the line of an entry in its catalog, 1 if there is none."""
    return (entry and entry.lineno) or 1


def translation_faults(original: Original, chinese: str) -> Iterator[str]:
    """Yield what is wrong with one translation."""
    now = markup(original.node)
    if changed := now - original.markup:
        yield f"has markup that the original has not: {message_text.listed(changed)}"
    if changed := original.markup - now:
        lost = message_text.listed(changed)
        remedy = "; write the address in the sentence" if "://" in lost else ""
        yield f"lacks markup of the original: {lost}{remedy}"
    yield from terms.faults(original.prose, chinese)
    text = message_text.without_markup(chinese)
    if (corrected := autocorrect_py.format(text)) != text:
        yield f"spacing or punctuation: {text!r} should be {corrected!r}"
    yield from message_text.faults(original.node)


def check_catalogs(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Warn of catalogs without a page, and of broken ones.

    This looks at all pages, also at those that are not read again, and at the labels.
    """
    if not translated(app.config):
        return
    of_labels = catalog_path(env, "sphinx")  # kept by hand
    known = {of_labels, *(catalog_path(env, docname) for docname in env.found_docs)}
    found = set(of_labels.parent.rglob("*.po"))
    for path in sorted(found):
        try:
            entries = list(author_files.catalog(path))
        except FileError as error:
            logger.warning("%s", error.text, location=f"{path}:{error.line}")
            continue
        for entry in entries if path == of_labels else ():
            if entry.id and (entry.fuzzy or not entry.string.strip()):
                text = "is not translated, or fuzzy: %r"
                logger.warning(text, entry.id, location=f"{path}:{line(entry)}")
    for path in sorted(found - known):
        logger.warning("belongs to no page: delete it", location=f"{path}:1")


def list_open(app: Sphinx, exception: Exception | None) -> None:
    """List what is open on all pages, also on those that were not read again."""
    if exception is None and translated(app.config):
        paths = [catalog_path(app.env, docname) for docname in app.env.found_docs]
        says = "{}:1: is missing; 'make catalogs' writes it".format
        found = [says(path) for path in paths if not path.exists()]
        for page in app.env.metadata.values():
            found += page.get(OPEN, ())
        text = "".join(f"{line}\n" for line in sorted(found))
        Path(app.doctreedir, OPEN).write_text(text, "utf-8")


def say_it_once(app: Sphinx, config: Config) -> None:
    """Leave to `Check` what Sphinx says of links that a translation lost."""
    known = "i18n.inconsistent_references"
    config.suppress_warnings = [*config.suppress_warnings, known]


def setup(app: Sphinx) -> None:
    """Look at each page as it is read, and at the catalogs as a whole."""
    app.connect("config-inited", say_it_once)
    app.add_transform(Remember)
    app.add_transform(Check)
    app.connect("env-before-read-docs", check_catalogs)
    app.connect("build-finished", list_open)
