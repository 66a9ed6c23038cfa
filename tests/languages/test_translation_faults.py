"""Each fault of a translation is told with the catalog, its line and the message."""

from __future__ import annotations

import contextlib

import pytest

from project import Project

TITLE, SENTENCE = "页面 {name}", "关于参数 ``weight``，见 :doc:`/index`。"
FAULTS = {
    "missing": (f'"{TITLE}"', '""', "is not translated"),
    "fuzzy": ('msgid "{name}"', '#, fuzzy\nmsgid "{name}"', "is marked fuzzy"),
    "extra": (
        'msgid "{name}"',
        'msgid "Gone"\nmsgstr "没有了"\n\nmsgid "{name}"',
        "is not on the page",
    ),
    "obsolete": (
        'msgid "{name}"',
        '#~ msgid "Gone"\n#~ msgstr "没有了"\n\nmsgid "{name}"',
        "is not on the page",
    ),
    "code_lost": ("参数 ``weight``", "参数 weight", "lacks markup of the"),
    "code_changed": ("参数 ``weight``", "参数 ``bias``", "has markup that the"),
    "link_lost": ("见 :doc:`/index`", "见首页", "lacks markup of the"),
    "emphasis_added": (TITLE, "**页面** {name}", "has markup that"),
    "wrong_term": ("参数 ``weight``", "变量 ``weight``", "'parameter' is 参数 here"),
    "forbidden_term": (TITLE, "载入 {name}", "载入 is not used here"),
    "no_space": (TITLE, "第2页 {name}", "spacing or punctuation"),
    "half_width": (TITLE, "这一页,这一行,都是 {name}", "spacing or punctuation"),
    "half_width_after_code": (
        SENTENCE,
        "参数 ``weight``:见 :doc:`/index`。",
        "half-width punctuation",
    ),
    "raw_backticks": (
        SENTENCE,
        "关于参数``weight``，见 :doc:`/index`。",
        "markup that is not rendered: '`'",
    ),
    "raw_role": (
        SENTENCE,
        "关于参数 ``weight``，见:doc:`/index`。",
        "markup that is not rendered: ':doc:'",
    ),
}
CATALOG = "docs/locale/zh_CN/LC_MESSAGES/gallery/group/{}.po"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return the lines that a build of a page a fault says."""
    project = Project.create(tmp_path_factory.mktemp("translated"))
    project.add_pages(dict.fromkeys(FAULTS, "1 + 1"))
    good = project.make("html")
    assert good.ok, good.text
    site = project.site()
    with contextlib.ExitStack() as put_back:
        for name, (old, new, _says) in FAULTS.items():
            pair = (part.replace("{name}", name) for part in (old, new))
            put_back.enter_context(project.changed(CATALOG.format(name), *pair))
        result = project.make("html")
        assert not result.ok
        assert project.site() == site
    assert project.make("html").ok
    assert project.site() == site
    return result.text.splitlines()


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_told_with_catalog_line_and_message(
    told: list[str], name: str
) -> None:
    says = FAULTS[name][2]
    place = f"/{CATALOG.format(name)}:"
    (line,) = [line for line in told if place in line and says in line]
    assert int(line.partition(place)[2].partition(":")[0]) > 5  # behind the header
