"""The built site, read as files: both languages whole, equal and in their own words."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING

import pytest

from built_pages import LANGUAGES, pages, parsed
from project import ROOT
from tested_gallery.languages import terms

if TYPE_CHECKING:
    from pathlib import Path

# What stays as it is in Chinese: names, and words that are written so there too.
NAMES = {
    *("CPU", "CUDA", "Furo", "GPU", "Jupyter", "Module", "PyTorch", "Python", "State"),
    *("CC", "BY", "MIT", "Linux"),  # licences, and whose trademark it is
    *("Accelerate", "transformers", "Colab", "Markdown", "Sphinx", "intersphinx"),
    *("GB", "GPT", "Transformer", "ViT"),
    *("BufferList", "JavaScript", "KV", "MiB", "NaN", "ReLU", "doctest", "kB"),
    *("pickle", "property", "setter", "softmax", "timm", "token", "torch", "zip"),
    *("Adam", "ResNet", "dropout", "epoch", "tau", "key", "query", "value"),
    *("CUDA", "CVE", "Graph", "JSON", "LoRA", "NumPy", "mypy", "named"),
    *("expected", "mismatch", "size"),  # words of torch's messages
    "layers",  # a name on a drawing
    *(
        "BatchNorm",
        "DDP",
        "EMA",
        "GAN",
        "RoPE",
        "SWA",
        "autograd",
        "rank",
        "safetensors",
    ),
}
WORD = re.compile(r"\b[A-Za-z]{2,}\b", re.ASCII)
GLOSS = re.compile(r"（[A-Za-z][A-Za-z -]*）")  # the English term at its first use


def test_both_languages_have_the_same_pages(site: Path) -> None:
    sources = {
        *("about", "changes", "index", "messages", "myths", "search", "terms"),
        *("gallery/index", "which_torch"),
        *(
            f"gallery/{path.parent.name}/index"
            for path in (ROOT / "gallery").glob("*/index.rst")
        ),
        *(
            f"gallery/{path.relative_to(ROOT / 'gallery').with_suffix('')}"
            for path in (ROOT / "gallery").glob("*/[!_]*.py")
        ),
    }
    wanted = {f"{name}.html" for name in sources}
    assert set(pages(site, "en")) == set(pages(site, "zh-cn")) == wanted


def test_both_languages_show_the_same_code_outputs_and_anchors(site: Path) -> None:
    english, chinese = pages(site, "en"), pages(site, "zh-cn")
    for selector in ("pre", "[id]"):
        found = 0
        for name, page in english.items():
            parts = [
                [part.get("id") or part.get_text() for part in soup.select(selector)]
                for soup in (page, chinese[name])
            ]
            assert parts[0] == parts[1], (name, selector)
            found += len(parts[0])
        assert found


def test_each_page_names_its_language_and_leads_to_the_other(site: Path) -> None:
    tags = {"en": "en", "zh-cn": "zh-CN"}
    for folder, other in (("en", "zh-cn"), ("zh-cn", "en")):
        for name, page in pages(site, folder).items():
            assert page.html["lang"] == tags[folder]
            (link,) = page.select(".language-switch a")
            target = (site / folder / name).parent / link["href"]
            assert target.resolve() == site / other / name
            assert link["hreflang"] == link["lang"] == tags[other]


def test_nothing_english_is_left_on_the_chinese_pages(site: Path) -> None:
    found = pages(site, "zh-cn")
    in_titles = {  # identifiers; what names a page elsewhere shows them as text
        word
        for page in found.values()
        for code in page.select("h1 code")
        for word in WORD.findall(code.text)
    }
    on_pictures = {  # names of tensors, which the pages print
        word
        for page in found.values()
        for code in page.select("pre")
        for word in WORD.findall(code.text)
    }
    for name, whole in found.items():
        page = copy.copy(whole)
        for part in page.select(".card-picture"):
            words = set(WORD.findall(part["aria-label"]))
            assert words <= on_pictures, (name, words - on_pictures)
            assert re.search("[一-鿿]", part["aria-label"]), name
            part.decompose()
        in_code = {
            word
            for code in page.select("code, .identity .first, .identity .name")
            for word in WORD.findall(code.text)
        }
        held = ".state strong, .state-type, .state .v, .state .range"  # as in code
        held += ", .identity .name, .identity .storage, .identity .first"
        for part in page.select(
            f"pre, code, script, style, [lang=en], .provenance, {held}"
        ):
            part.decompose()
        labels = [
            part[attribute]
            for attribute in ("aria-label", "title", "alt", "placeholder", "content")
            for part in page.select(f"[{attribute}]")
            if part.get("name") not in {"viewport", "color-scheme", "twitter:card"}
            and part.get("property") != "og:type"
        ]
        spelt = [(label, in_code) for label in labels]  # code has no mark there
        for text, code in ((page.get_text("\n"), set()), *spelt):
            words = set(WORD.findall(GLOSS.sub("", text))) - NAMES - in_titles - code
            assert not words, (name, words)


def test_titles_are_in_the_language_of_the_page(site: Path) -> None:
    for name, page in pages(site, "zh-cn").items():
        assert page.title.text.endswith("模块状态"), name
        assert re.search("[一-鿿]", page.h1.text), name
    for name, page in pages(site, "en").items():
        assert page.title.text.endswith("Module State"), name


def test_the_decision_is_drawn_in_the_language_of_the_page(site: Path) -> None:
    first = {"en": "Should the optimizer update it?", "zh-cn": "要由优化器更新吗？"}
    for language, question in first.items():
        for name in ("index.html", "gallery/start/choosing.html"):
            (decision,) = parsed(site / language / name).select(".decision")
            assert decision.strong.text == question
            ends = [link.parent for link in decision.select("li a")]
            assert [end.select_one(".state-kind").text for end in ends] == [*"PFBNA"]


def test_links_inside_the_site_lead_somewhere(site: Path) -> None:
    anchors = {
        (site / language / name).resolve(): {part["id"] for part in page.select("[id]")}
        for language in LANGUAGES
        for name, page in pages(site, language).items()
    }
    checked = 0
    for language in LANGUAGES:
        for name, page in pages(site, language).items():
            for part in page.select("[href], [src]"):
                address = part.get("href") or part.get("src")
                if re.match(r"[a-z]+:", address):
                    continue
                path, _, anchor = address.partition("#")
                path = path.split("?")[0]
                file = (site / language / name).parent / path if path else None
                target = (file or site / language / name).resolve()
                assert target.is_file(), (name, address)
                if anchor and target.suffix == ".html":
                    assert anchor in anchors[target], (name, address)
                checked += 1
    assert checked


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_names_the_machine_that_built_it(site: Path, language: str) -> None:
    for path in (site / language).rglob("*"):
        if path.suffix in {".html", ".ipynb", ".md", ".py"}:
            assert str(ROOT) not in path.read_text("utf-8"), path


def test_the_page_of_terms_shows_the_list_that_the_checks_read(site: Path) -> None:
    explained = [term for term in terms.terms() if term.meaning]
    assert explained
    for language in LANGUAGES:
        rows = parsed(site / language / "terms.html").select("tbody tr")
        shown = [[cell.text for cell in row.select("td")] for row in rows]
        wanted = [[t.name, t.chinese[0].replace("``", "")] for t in explained]
        assert [cells[:2] for cells in shown] == wanted
        assert all(cells[2].endswith((".", "。")) for cells in shown)
