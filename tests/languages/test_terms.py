"""Words of the list are found as words, in either language."""

from __future__ import annotations

import pytest

from tested_gallery.languages import terms

# a wrong form's characters stand in each, and no wrong form
RIGHT = (
    "内存已经释放过一次，指针就失效了。",
    "磁盘上存放过的文件可以删除。",
    "这些是公共用法。",
    "两个模块一共用了三个设备。",
    "真实参数量是两百万。",
    "其实参数没有变。",
    "现实参考价值不大。",
    "页面上有下载入口。",
    "日志里记载入库的时间。",
    "安装载体不重要。",
    "单元设备齐全。",
    "他迁就地写了注释。",
    "这关键值得一看。",
    "攀登记录在这里。",
    "意外的键盘输入。",
    "这是永久链接。",
    "图形参数在配置里。",
    "增强转换的效果。",
    "以前向计算机输入数据要用卡片。",
    "署名字段可以为空。",
    "样本比例子集之间不同。",
    "这种独特性很少见。",
)


def test_a_sentence_that_holds_the_characters_of_a_wrong_form_is_right() -> None:
    assert len(RIGHT) >= 20
    plain = {terms.plain(form) for term in terms.terms() for form in term.wrong}
    for sentence in RIGHT:
        assert any(form in sentence for form in plain), sentence
        assert not [*terms.faults("", sentence)], sentence


@pytest.mark.parametrize("term", [term for term in terms.terms() if term.wrong])
def test_each_wrong_form_is_found_between_other_words(term: terms.Term) -> None:
    for form in map(terms.plain, term.wrong):
        said = f"{form} is not used here ({term.name}: {' or '.join(term.chinese)})"
        assert said in [*terms.faults("", f"这里用了{form}。")]


def test_the_longer_term_wins_over_the_shorter_in_it() -> None:
    english = "A rotary position embedding has a table."
    assert not [*terms.faults(english, "旋转位置编码有一张表。")]
    assert [*terms.faults(english, "位置嵌入有一张表。")] == [
        "'rotary position embedding' is 旋转位置编码 here"
    ]
    both = f"{english} A position embedding is learned."
    assert [*terms.faults(both, "旋转位置编码有一张表。它是学来的。")] == [
        "'position embedding' is 位置嵌入 here"
    ]
