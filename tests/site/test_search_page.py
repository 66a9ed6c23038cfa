"""Readers find what they ask for, in both languages, and nothing that they do harms."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

import pytest

from built_pages import names, parsed
from project import ROOT
from visitors import visitor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

QUERIES = ROOT / "tests/search/queries.txt"
GALLERY_PAGE = "gallery/start/saving_a_model.html"
BUSY = "document.querySelector('.search-results').ariaBusy === 'true'"
SAYS = {  # what the page says, in its language
    "en": {
        "nothing": "Nothing found.",
        "left out": "Left out, since no page has it: “MyTransformer”, “qkv_mixer”",
        "scattered": "No page has all of this; these come closest.",
        "failed": "The index could not be loaded.",
        "file": "Searching needs a web server",
        "no script": "Searching needs JavaScript.",
        "count": re.compile(r"^\d+ pages found$"),
    },
    "zh-cn": {
        "nothing": "没有找到。",
        "left out": "没有匹配、已忽略的词：“MyTransformer”，“qkv_mixer”",
        "scattered": "没有一页全部符合，下面是最接近的。",
        "failed": "索引加载失败。",
        "file": "搜索需要网页服务器",
        "no script": "搜索需要 JavaScript。",
        "count": re.compile(r"^找到 \d+ 页$"),
    },
}
# Asks one query after the other, as a reader does; returns what each one found.
ASK_ALL = """async (queries) => {
  const box = document.querySelector(".search-box");
  const results = document.querySelector(".search-results");
  const found = [];
  for (const query of queries) {
    box.value = query;
    box.form.requestSubmit();
    while (results.ariaBusy === "true") await new Promise((done) => setTimeout(done));
    found.push([...results.querySelectorAll("a")].map((a) => a.getAttribute("href")));
  }
  return found;
}"""
LANGUAGES = pytest.mark.parametrize("language", ["en", "zh-cn"])


class Query(NamedTuple):
    """A line of the list: language, page that must be found, what is typed; section."""

    language: str
    page: str
    text: str
    section: str


def queries() -> list[Query]:
    found, section = [], ""
    for number, line in enumerate(QUERIES.read_text("utf-8").splitlines(), start=1):
        if line.startswith("#"):
            section = line.removeprefix("# ")
        elif line:
            parts = line.split(" | ", 2)
            assert len(parts) == 3, f"{QUERIES}:{number}: write language | page | query"
            language, page, text = parts
            text = text.replace("\\n", "\n").replace("\\t", "\t")
            found.append(Query(language, page, text, section))
    return found


@pytest.fixture
def tab(chromium: Browser) -> Iterator[Page]:
    with visitor(chromium) as tab:
        yield tab


def ask(tab: Page, query: str) -> list[str]:
    """Type a query on the search page; return the addresses of what is found."""
    box = tab.locator(".search-box")
    box.evaluate("(box, text) => { box.value = text; }", query)  # at once, as a paste
    box.press("Enter")
    return found(tab)


def found(tab: Page) -> list[str]:
    """Wait for the end of a search; return the addresses of what is found."""
    tab.wait_for_function(f"!({BUSY})")
    links = tab.locator(".search-results a")
    return links.evaluate_all("links => links.map(a => a.getAttribute('href'))")


def open_search(tab: Page, address: str, language: str, query: str = "") -> None:
    tab.goto(f"{address}/{language}/search.html" + (query and f"?q={quote(query)}"))


def test_the_queries_are_of_each_kind_and_ask_for_pages_that_exist() -> None:
    asked = queries()
    chinese = [query for query in asked if query.section == "Chinese"]
    assert all(re.search("[一-鿿]", query.text) for query in chinese)
    sections = {query.section for query in asked}
    assert sections == {"Chinese", "English", "Pasted and mixed"}
    assert len({query[:3] for query in asked}) == len(asked)
    for query in asked:
        source = ROOT / query.page
        assert any(
            path.exists()
            for path in (source.with_suffix(".py"), ROOT / f"docs/{query.page}.md")
        ), query


def lacking(site: Path, query: Query) -> set[str]:
    """Return the words of a query, or the Chinese characters, that its page lacks."""
    text = parsed(site / query.language / f"{query.page}.html").article.text.lower()
    words = re.findall(r"[a-z0-9_]+|[\u3400-\u9fff]", query.text.lower())
    return {word for word in words if word not in text}


@LANGUAGES
def test_each_query_finds_its_page_among_the_first_three(
    tab: Page, site: Path, address: str, language: str
) -> None:
    open_search(tab, address, language)
    asked = [query for query in queries() if query.language == language]
    answers = tab.evaluate(ASK_ALL, [query.text for query in asked])
    missed = []
    for query, links in zip(asked, answers, strict=True):
        first = [link.split("#")[0] for link in links[:3]]
        if f"{query.page}.html" not in first:
            why = f"finds {first}; the page lacks {lacking(site, query) or 'no word'}"
            missed.append(f"{query.text} | {query.page}: {why}")
    assert not missed, "\n".join(missed)


ONE_CHARACTER, ONE_WORD, WORDS = "键", "缓冲区", "冻结参数优化器"


@pytest.mark.parametrize("query", [ONE_CHARACTER, ONE_WORD, WORDS, "buffer 缓冲区"])
def test_chinese_of_any_length_is_found_and_marked(
    tab: Page, address: str, query: str
) -> None:
    open_search(tab, address, "zh-cn")
    assert ask(tab, query)
    marked = "".join(tab.locator(".search-results mark").all_inner_texts())
    for character in query.replace(" ", ""):
        assert character in marked


@LANGUAGES
def test_a_result_has_title_group_and_a_marked_excerpt_in_the_language_of_the_page(
    tab: Page, site: Path, address: str, language: str
) -> None:
    open_search(tab, address, language)
    links = ask(tab, "state_dict")
    assert links
    assert SAYS[language]["count"].match(tab.locator(".search-status").inner_text())
    groups = tab.locator(".search-pages h2").all_text_contents()
    for item, link in zip(tab.locator(".search-result").all(), links, strict=True):
        name, _, anchor = link.partition("#")
        page = parsed(site / language / name)
        assert not anchor or page.find(id=anchor)
        title = page.h1.text.removesuffix("¶")
        assert item.locator("a").inner_text() == title
        assert item.locator(".search-group").inner_text() in groups
        assert "state_dict" in item.locator("mark").all_inner_texts()
        excerpt = item.locator(".search-excerpt").inner_text()
        text = re.sub(r"\s+", "", page.article.text.replace("\u200b", ""))
        assert re.sub(r"\s+", "", excerpt).strip("…") in text


@LANGUAGES
def test_words_that_no_page_has_are_left_out_and_named(
    tab: Page, address: str, language: str
) -> None:
    open_search(tab, address, language)
    links = ask(tab, "MyTransformer qkv_mixer load_state_dict")
    assert any(link.startswith("gallery/loading/what_loading") for link in links[:3])
    assert tab.locator(".search-note").inner_text() == SAYS[language]["left out"]
    ask(tab, "load_state_dict")
    assert tab.locator(".search-note").inner_text() == ""


@LANGUAGES
def test_words_that_are_never_together_find_the_closest_pages(
    tab: Page, address: str, language: str
) -> None:
    open_search(tab, address, language)
    links = ask(tab, "safetensors gloo softmax bfloat16 get_extra_state")
    assert links
    assert tab.locator(".search-note").inner_text() == SAYS[language]["scattered"]


def test_words_that_the_site_does_not_use_stand_for_those_that_it_uses(
    tab: Page, address: str
) -> None:
    open_search(tab, address, "zh-cn")
    links = ask(tab, "载入")
    assert links
    assert "加载" in tab.locator(".search-results mark").all_inner_texts()


@LANGUAGES
def test_nothing_found_suggests_what_is_there(
    tab: Page, address: str, language: str
) -> None:
    open_search(tab, address, language)
    assert not tab.locator(".search-none").is_visible()
    for query in ("qwertzuiop", "魑魅魍魉", "?!", "。"):
        assert ask(tab, query) == []
        assert tab.locator(".search-status").inner_text() == SAYS[language]["nothing"]
        assert tab.locator(".search-pages").is_visible()
    suggested = tab.locator(".search-none li a").all_inner_texts()
    assert suggested
    for word in suggested:
        open_search(tab, address, language, "qwertzuiop")
        assert found(tab) == []
        tab.locator(".search-none li a", has_text=re.compile(f"^{word}$")).click()
        tab.wait_for_url(f"**/search.html?q={quote(word)}")
        assert found(tab)


def test_the_other_language_is_asked_the_same(tab: Page, address: str) -> None:
    for place, query in ((".search-none", "魑魅"), (".language-switch", "缓冲区")):
        open_search(tab, address, "en")
        ask(tab, query)
        tab.locator(place).get_by_role("link", name="简体中文").click()
        tab.wait_for_url(f"**/zh-cn/search.html?q={quote(query)}")
        assert bool(found(tab)) == (query == "缓冲区")


@LANGUAGES
def test_the_box_of_every_page_leads_to_what_is_found(
    tab: Page, address: str, language: str
) -> None:
    tab.goto(f"{address}/{language}/{GALLERY_PAGE}")
    tab.keyboard.press("/")
    box = tab.locator("form[role=search] input")
    assert box.evaluate("box => box === document.activeElement")
    tab.keyboard.type("a/b")
    assert box.input_value() == "a/b"
    tab.keyboard.press("Escape")
    assert not box.evaluate("box => box === document.activeElement")
    box.fill("register_buffer")
    box.press("Enter")
    tab.wait_for_url(f"{address}/{language}/search.html?q=register_buffer")
    first = "gallery/registration/register_buffer_and_nn_buffer.html"
    assert found(tab)[0].split("#")[0] == first


def test_a_slash_opens_the_navigation_of_a_narrow_screen(
    chromium: Browser, address: str
) -> None:
    with visitor(chromium, viewport={"width": 360, "height": 700}) as tab:
        tab.goto(f"{address}/en/{GALLERY_PAGE}")
        tab.keyboard.press("/")
        tab.wait_for_function(
            "document.activeElement.matches('.sidebar-search') && "
            "document.activeElement.getBoundingClientRect().left >= 0"
        )


def test_arrows_and_enter_choose(tab: Page, address: str) -> None:
    open_search(tab, address, "en")
    links = ask(tab, "buffer")

    def focused() -> str | None:
        return tab.evaluate("document.activeElement.getAttribute('href')")

    tab.keyboard.press("ArrowDown")
    assert focused() == links[0]
    tab.keyboard.press("ArrowDown")
    assert focused() == links[1]
    tab.keyboard.press("ArrowUp")
    tab.keyboard.press("ArrowUp")
    assert tab.locator(".search-box").evaluate("box => box === document.activeElement")
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("Enter")
    tab.wait_for_url(f"{address}/en/{links[1]}")


def test_all_that_is_found_can_be_reached(tab: Page, address: str) -> None:
    open_search(tab, address, "en")
    links = ask(tab, "buffer")
    wanted = int(tab.locator(".search-status").inner_text().split()[0])
    assert len(links) == 10 < wanted
    tab.get_by_role("button", name="Show more").click()
    tab.wait_for_function("document.querySelectorAll('.search-result').length > 10")
    while tab.locator(".search-more").is_visible():
        tab.locator(".search-more").click()
        tab.wait_for_timeout(100)
    links = found(tab)
    assert len(links) == len({link.split("#")[0] for link in links}) == wanted


def test_back_and_forward_keep_the_query(tab: Page, address: str) -> None:
    open_search(tab, address, "en")
    first, second = ask(tab, "register_buffer"), ask(tab, "safetensors")
    assert first != second
    tab.locator(".search-results a").first.click()
    tab.wait_for_url("**/gallery/**")

    def shown() -> tuple[str, list[str]]:
        tab.wait_for_function("document.querySelector('.search-link')")
        return tab.locator(".search-box").input_value(), found(tab)

    tab.go_back()
    assert shown() == ("safetensors", second)
    tab.go_back()
    assert shown() == ("register_buffer", first)
    tab.go_forward()
    assert shown() == ("safetensors", second)


def test_results_follow_the_typing_and_leave_one_entry_in_the_history(
    tab: Page, address: str
) -> None:
    open_search(tab, address, "en")
    before = tab.evaluate("history.length")
    tab.locator(".search-box").press_sequentially("safetens", delay=200)
    tab.wait_for_url("**/search.html?q=safetens")
    assert "gallery/scale/tied_weights" in found(tab)[0]
    assert tab.evaluate("history.length") == before + 1


MARKUP = [
    '<img src="x" onerror="window.zqharm = 1">',
    "<script>window.zqharm = 1</script>buffer",
    '"><svg onload="window.zqharm = 1"> buffer',
    "javascript:window.zqharm=1 {words} ${zqharm}",
]


@pytest.mark.parametrize("markup", MARKUP)
def test_markup_that_is_typed_is_text(tab: Page, address: str, markup: str) -> None:
    elements = "document.querySelectorAll('.search :is(img, svg, script)').length"
    open_search(tab, address, "en")
    before = tab.evaluate(elements)
    ask(tab, markup)
    assert "zqharm" in tab.locator(".search-note").inner_text()
    open_search(tab, address, "en", markup)
    found(tab)
    assert tab.locator(".search-box").input_value() == markup
    assert tab.evaluate(elements) == before
    assert tab.evaluate("window.zqharm") is None


def test_ten_thousand_characters_do_no_harm(tab: Page, address: str) -> None:
    line = 'RuntimeError: Error(s) in loading state_dict for N{}: Missing key(s) "w" '
    long = "".join(line.format(i) for i in range(200))[:10_000]
    for language, query in (("en", long), ("zh-cn", "缓冲区没有保存" * 1430)):
        assert len(query) >= 10_000
        open_search(tab, address, language)
        assert ask(tab, query)
        assert len(tab.url) < 5_000
        tab.reload()
        assert found(tab)
        assert tab.locator(".search-box").input_value() == query
        tab.goto(f"{address}/{language}/{GALLERY_PAGE}")
        tab.locator(".sidebar-search").fill(query)
        tab.locator(".sidebar-search").press("Enter")
        tab.wait_for_url("**/search.html?q=*")
        assert len(tab.url) < 5_000
        assert found(tab)


def test_an_unfinished_word_of_an_input_method_is_not_searched(
    tab: Page, address: str
) -> None:
    open_search(tab, address, "zh-cn")
    before = ask(tab, "safetensors")
    box = tab.locator(".search-box")
    box.select_text()
    ime = tab.context.new_cdp_session(tab)
    for text in ("huan", "huan'chong", "缓冲"):
        ends = {"selectionStart": len(text), "selectionEnd": len(text)}
        ime.send("Input.imeSetComposition", {"text": text, **ends})
        tab.wait_for_timeout(250)
        assert found(tab) == before
    assert box.input_value() == "缓冲"
    ime.send("Input.insertText", {"text": "缓冲区"})
    tab.wait_for_url(f"**/search.html?q={quote('缓冲区')}")
    assert found(tab) != before
    assert box.input_value() == "缓冲区"


@LANGUAGES
def test_without_javascript_the_page_says_so_and_lists_the_pages(
    chromium: Browser, site: Path, address: str, language: str
) -> None:
    with visitor(chromium, java_script_enabled=False) as tab:
        tab.goto(f"{address}/{language}/{GALLERY_PAGE}")
        tab.locator(".sidebar-search").fill("buffer")
        tab.locator(".sidebar-search").press("Enter")
        tab.wait_for_url("**/search.html?q=buffer")
        sorry = tab.locator(".search-sorry")
        assert sorry.is_visible()
        assert SAYS[language]["no script"] in sorry.inner_text()
        assert listed(tab) == all_pages(site, language)


@LANGUAGES
def test_from_a_file_the_page_says_so_and_lists_the_pages(
    tab: Page, site: Path, language: str
) -> None:
    tab.goto(f"file://{site}/{language}/search.html?q=buffer")
    assert SAYS[language]["file"] in tab.locator(".search-status").inner_text()
    assert listed(tab) == all_pages(site, language)


def listed(tab: Page) -> list[str]:
    links = tab.locator(".search-pages a")
    assert links.first.is_visible()
    return sorted(links.evaluate_all("all => all.map(a => a.getAttribute('href'))"))


def all_pages(site: Path, language: str) -> list[str]:
    return [name for name in names(site / language) if name != "search.html"]


@LANGUAGES
def test_an_index_that_does_not_load_is_said(
    tab: Page, address: str, language: str
) -> None:
    tab.route("**/pagefind/*", lambda route: route.abort())
    open_search(tab, address, language, "buffer")
    tab.wait_for_function("document.querySelector('.search-status').textContent")
    assert SAYS[language]["failed"] in tab.locator(".search-status").inner_text()
    assert tab.locator(".search-pages").is_visible()
    tab.unroute("**/pagefind/*")
    assert ask(tab, "buffer")


def test_nothing_of_the_index_is_loaded_before_somebody_searches(
    tab: Page, address: str
) -> None:
    loaded: list[str] = []
    tab.on("request", lambda request: loaded.append(request.url))
    for name in (GALLERY_PAGE, "search.html"):
        tab.goto(f"{address}/en/{name}", wait_until="networkidle")
    late = re.compile("pagefind|search_engine")
    assert [url for url in loaded if "search" in url]
    assert not [url for url in loaded if late.search(url)]
    ask(tab, "buffer")
    assert [url for url in loaded if late.search(url)]
