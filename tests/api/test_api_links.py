"""Names of torch's API lead to their documentation, in code and in prose."""

from __future__ import annotations

import functools
import json
import re
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sphobjinv
from bs4 import BeautifulSoup
from sphinx.highlighting import PygmentsBridge

from built_pages import parsed
from project import PAGE, ROOT, Project
from tested_gallery.api import inventory
from tested_gallery.pages import page_texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

PAGES = [page.name for page in page_texts.pages(ROOT)]
ADDRESSES = set(inventory.addresses().values())
# What only one class of torch has is linked wherever it stands; what two have, nearly.
OF_ONE = (
    *("backward", "buffers", "detach", "named_buffers", "named_parameters"),
    *("parameters", "register_buffer"),
)
OF_TWO = ("load_state_dict", "requires_grad_", "state_dict", "to", "zero_grad")
TINY = (  # what the small project uses
    *("torch", "torch.nn.Module", "torch.nn.Parameter"),
    *("torch.ones", "torch.zeros"),
)
NO_NETWORK = dict.fromkeys(("HTTPS_PROXY", "https_proxy"), "http://127.0.0.1:9")
BASE = "https://docs.pytorch.org/docs/2.13/"
ZEROS = "torch.zeros,,function"


def blocks(site: Path, language: str, name: str) -> list[BeautifulSoup]:
    page = parsed(site / language / "gallery" / f"{name}.html")
    return page.select(".highlight-Python pre, .doctest pre")


def test_a_link_in_prose_says_of_which_release_it_is(site: Path) -> None:
    said = {
        link["title"]
        for link in parsed(site / "en/changes.html").select("a.external[title]")
    }
    assert said == {f"(in PyTorch v{BASE.split('/')[-2]})"}


def links(site: Path, language: str, name: str) -> list[tuple[str, str]]:
    """Return text and address of each link in the code of a page."""
    return [
        (link.text, link["href"])
        for block in blocks(site, language, name)
        for link in block.select("a")
    ]


def unlinked(block: BeautifulSoup) -> str:
    """Return the code of a block without its links and strings."""
    copy = BeautifulSoup(str(block), "html.parser")
    for part in copy.select("a, .s1, .s2, .go, .sd"):
        part.replace_with("LINK" if part.name == "a" else "")
    return copy.get_text()


@pytest.mark.parametrize("name", PAGES)
def test_each_name_in_code_leads_to_the_inventory(site: Path, name: str) -> None:
    found = links(site, "en", name)
    assert len(found) >= 5
    assert {address for _, address in found} <= ADDRESSES
    assert found == links(site, "zh-cn", name)
    for block in blocks(site, "en", name):
        left = unlinked(block)
        assert not re.search(r"\btorch\b(?!\._)", left), left  # or private
        assert not calls(OF_ONE, left), left
        assert not block.select("a[title]")


def calls(methods: tuple[str, ...], code: str) -> list[str]:
    """Return the calls of some methods in code."""
    return re.findall(rf"\.({'|'.join(methods)})\(", code)


def test_methods_that_two_classes_have_are_linked_but_for_a_few(site: Path) -> None:
    code = [block for name in PAGES for block in blocks(site, "en", name)]
    every = sum(len(calls(OF_TWO, block.text)) for block in code)
    left = sum(len(calls(OF_TWO, unlinked(block))) for block in code)
    assert every > 300
    assert left <= every / 12  # mostly of what a call has returned


def test_a_method_leads_to_the_class_that_defines_it(site: Path) -> None:
    module = f"{BASE}generated/torch.nn.Module.html#torch.nn.Module"
    found = links(site, "en", "start/parameters_and_buffers")
    assert ("register_buffer", f"{module}.register_buffer") in found  # of self
    assert ("state_dict", f"{module}.state_dict") in found  # of a class on the page
    assert ("torch.nn.Module", module) in found
    assert any(text == "backward" for text, _ in found)  # of what a call returned
    tensor = f"{BASE}generated/torch.Tensor.requires_grad_.html"
    assert ("requires_grad_", f"{tensor}#torch.Tensor.requires_grad_") in found


def test_links_lead_where_the_calls_go() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "tests/api/calls.py"],
        env={"PYTHONPATH": f"{ROOT}/docs/_ext:{ROOT}/tests"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["compared"] > 1000
    assert result["wrong"] == []


def test_code_with_links_is_highlighted_as_sphinx_does(site: Path) -> None:
    bridge = PygmentsBridge("html")
    for block in blocks(site, "en", "start/parameters_and_buffers"):
        language = "default" if block.text.startswith(">>>") else "Python"
        plain = bridge.highlight_block(block.text, language)
        wanted = BeautifulSoup(plain, "html.parser")
        assert tokens(block) == tokens(wanted)
        assert block.text == wanted.pre.text


def tokens(block: BeautifulSoup) -> list[tuple[str, str]]:
    spans = [(part["class"][0], part.text) for part in block.select("span[class]")]
    return [(kind, text.strip()) for kind, text in spans if text.strip()]


@pytest.mark.parametrize("language", ["en", "zh-cn"])
def test_a_role_in_prose_looks_like_code_and_leads_there(
    site: Path, language: str
) -> None:
    found = parsed(site / language / "changes.html").select("a.external:has(> code)")
    assert len(found) >= 20
    assert {link["href"] for link in found} <= ADDRESSES


def test_a_name_without_an_address_fails_with_its_line(tiny: Project) -> None:
    with tiny.changed("docs/api.csv", ZEROS, "torch.zeroes,,function"):
        for _ in range(2):
            result = tiny.make("html")
            assert not result.ok
            assert f"{PAGE}:37: WARNING: torch.zeros has no address" in result.text
            assert "'make inventory' looks it up" in result.text
    assert tiny.make("html").ok


def test_a_role_without_an_address_fails_with_its_line(tiny: Project) -> None:
    role = "{py:meth}`torch.nn.Module.nowhere`"
    with tiny.changed("docs/index.md", "`state_dict`.", f"`state_dict`. {role}"):
        result = tiny.make("html")
        assert not result.ok
        wanted = "index.md:4: WARNING: torch.nn.Module.nowhere has no address"
        assert wanted in result.text


def test_a_page_that_does_not_run_again_keeps_its_links(tiny: Project) -> None:
    record = tiny.root / "docs/gallery/group/page.json"
    assert tiny.make("html").ok
    ran = record.stat().st_mtime_ns
    here = f"{ZEROS},{BASE}generated/torch.zeros.html#torch.zeros"
    there = f"{ZEROS},{BASE}elsewhere.html"
    with tiny.changed("docs/api.csv", here, there):
        assert tiny.make("html").ok
        for language in ("en", "zh-cn"):
            page = tiny.read(f"build/html/{language}/gallery/group/page.html")
            assert f'href="{BASE}elsewhere.html"' in page
            assert "#torch.nn.Module" in page
    assert tiny.make("html").ok
    assert record.stat().st_mtime_ns == ran


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on this machine; yield its address."""
    handler = functools.partial(SimpleHTTPRequestHandler, directory=folder)
    handler.log_message = lambda *_: None
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def publish(folder: Path, **names: str) -> None:
    """Write an ``objects.inv`` with functions of torch, by name and address."""
    made = sphobjinv.Inventory()
    made.project, made.version = "PyTorch", "2.13"
    for name, uri in names.items():
        item = sphobjinv.DataObjStr(
            name=f"torch.{name}",
            domain="py",
            role="function",
            priority="1",
            uri=uri,
            dispname="-",
        )
        made.objects.append(item)
    text = made.data_file()
    sphobjinv.writebytes(folder / "objects.inv", sphobjinv.compress(text))


@pytest.fixture
def table(tiny: Project) -> Iterator[Path]:
    """Return the small project's table, and put it back afterwards."""
    path = tiny.root / "docs/api.csv"
    before = path.read_text("utf-8")
    yield path
    path.write_text(before, "utf-8")


def test_make_inventory_takes_addresses_from_what_is_published(
    tiny: Project, table: Path, tmp_path: Path
) -> None:
    publish(tmp_path, zeros="new.html#$", unused="unused.html")
    with served(tmp_path) as address, tiny.changed("conf.py", BASE, address):
        result = tiny.make("inventory", **NO_NETWORK)
        assert result.ok, result.text
        assert "huggingface.co cannot be reached" in result.text
        found = inventory.entries(table)
    assert found["torch.zeros"].address == f"{address}new.html#torch.zeros"
    assert found["torch.zeros"].seen == "objects.inv"
    kept = found["torch.nn.Module"]
    assert kept == inventory.entries()["torch.nn.Module"]
    assert set(found) == set(TINY)


def test_make_inventory_names_what_it_does_not_find(tiny: Project, table: Path) -> None:
    text = table.read_text("utf-8")
    table.write_text(text.replace(ZEROS, "torch.zeroes,,function"), "utf-8")
    result = tiny.make("inventory", **NO_NETWORK)
    assert not result.ok
    assert "docs.pytorch.org cannot be reached" in result.text
    assert "torch.zeros: nowhere found; add a line to docs/api.csv" in result.text


def test_make_linkcheck_without_a_network_says_so(tiny: Project) -> None:
    result = tiny.make("linkcheck", **NO_NETWORK)
    assert not result.ok
    assert "make linkcheck needs a network" in result.text
    assert "docs.pytorch.org cannot be reached" in result.text


def test_make_linkcheck_tries_the_links_in_code_and_runs_no_page(
    tiny: Project, table: Path, tmp_path: Path
) -> None:
    record = tiny.root / "docs/gallery/group/page.json"
    assert tiny.make("html").ok
    ran = record.stat().st_mtime_ns
    ids = "".join(f'<p id="{name}">' for name in TINY)
    (tmp_path / "all.html").write_text(f"<html><body>{ids}</body></html>")
    with served(tmp_path) as address:
        entries = [
            inventory.Entry(name, "", "class", f"{address}all.html#{name}", "here")
            for name in TINY
        ]
        inventory.write(entries, table)
        with tiny.changed("conf.py", BASE, address):
            result = tiny.make("linkcheck", **NO_NETWORK)
            assert result.ok, result.text
            broken = entries[-1]._replace(address=f"{address}all.html#nowhere")
            inventory.write([*entries[:-1], broken], table)
            result = tiny.make("linkcheck", **NO_NETWORK)
            assert not result.ok
            assert "all.html#nowhere" in result.text
    assert record.stat().st_mtime_ns == ran


def test_links_in_code_are_quiet_reached_by_keys_and_copied_as_code(
    chromium: Browser, address: str
) -> None:
    context = chromium.new_context(permissions=["clipboard-read", "clipboard-write"])
    tab = context.new_page()
    tab.goto(f"{address}/zh-cn/gallery/start/parameters_and_buffers.html")
    block = tab.locator(".highlight-Python").first
    link = block.locator("a", has_text="register_buffer")
    style = "e => { const s = getComputedStyle(e); return s.textDecorationStyle }"
    colour = "e => getComputedStyle(e).color"
    neighbour = block.locator("span.n", has_text="plain").first
    assert link.evaluate(style) == "dotted"
    assert link.locator("span").evaluate(colour) == neighbour.evaluate(colour)
    block.locator("a", has_text="torch.nn.Module").focus()
    tab.keyboard.press("Tab")
    assert link.evaluate("e => e === document.activeElement")
    assert link.evaluate(style) == "solid"
    block.hover()
    block.locator("button.copybtn").click()
    copied = tab.evaluate("navigator.clipboard.readText()")
    assert copied.strip() == block.locator("pre").inner_text().strip()
    assert copied.startswith("import torch\n\n\nclass MyModel(torch.nn.Module):\n")
    context.close()


def test_the_only_cell_of_a_page_has_its_links(tiny: Project) -> None:
    tiny.add_page("only", "import torch\n\nprint(torch.ones(2).tolist())")
    assert tiny.make("catalogs").ok
    tiny.translate()
    built = tiny.make("expected", "html")
    assert built.ok, built.text
    page = tiny.read("build/html/en/gallery/group/only.html")
    assert 'torch.ones.html#torch.ones"' in page
