"""Credits: which description belongs to which file, how it is written, and what Markdown would take for its own."""

from markdown_it import MarkdownIt

from lib.tables.table import Table
from lib.text.credits import Credit, credits_by_file, credits_of, escaped, markdown_of, one_line
from tests.support.each import each


def manifest(*rows, columns=("filename", "title", "creator", "date", "licenseurl", "identifier", "url")):
    return Table.of({name: [row.get(name, "") for row in rows] for name in columns})


def test_files_are_found_by_their_name_or_without_folders_if_only_one_matches():
    table = manifest(
        {"filename": "a/one.mp4", "title": "One"}, {"filename": "b/two.mp4", "title": "Two b"},
        {"filename": "c/two.mp4", "title": "Two c"}, {"filename": "a/one.mp4", "title": "Again"},
        {"filename": "d\\three.mp4", "title": "Three"}, {"filename": "four.mp4"},
    )  # fmt: skip
    found = credits_by_file(["one.mp4", "x/one.mp4", "b/two.mp4", "two.mp4", "three.mp4", "four.mp4", "no.mp4"], table)
    assert {name: credit.title for name, credit in found.items()} == {
        "one.mp4": "One", "x/one.mp4": "One", "b/two.mp4": "Two b", "three.mp4": "Three",
    }  # fmt: skip
    credits, unknown = credits_of(["two.mp4", "one.mp4", "b/two.mp4", "x/one.mp4", "four.mp4"], table)
    assert [credit.title for credit in credits] == ["four.mp4", "One", "Two b", "two.mp4"]
    assert unknown == ["two.mp4", "four.mp4"]
    assert credits_of(["b", "A"], None) == ([Credit("A"), Credit("b")], ["b", "A"])


def test_a_description_has_its_first_address_or_that_of_its_item():
    table = manifest(
        {"filename": "1", "url": "https://a.org/x", "identifier": "i"},
        {"filename": "2", "url": "a.org", "identifier": "i"},
        {"filename": "3", "url": "", "title": "T"},
        {"filename": "4", "date": "1931-05-01T00:00:00Z", "creator": " A\tB "},
        {"filename": "5", "licenseurl": "free"},
    )  # fmt: skip
    found = credits_by_file("12345", table)
    assert found["1"] == Credit("1", address="https://a.org/x")
    assert found["2"] == Credit("2", address="https://archive.org/details/i")
    assert found["3"] == Credit("T")
    assert found["4"] == Credit("4", "A B", "1931-05-01")
    assert found["5"] == Credit("5", licence="free")
    both = Table.of({"filename": ["f"], "source": ["https://s.org"], "address": ["http://a.org"]})
    assert credits_by_file(["f"], both)["f"].address == "http://a.org"


@each(
    ("licence", "said"),
    [
        ("http://creativecommons.org/licenses/by-nc-sa/3.0/us/", "CC BY-NC-SA 3.0"),
        ("https://creativecommons.org/licenses/by/4.0/", "CC BY 4.0"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0 1.0"),
        ("https://creativecommons.org/publicdomain/mark/1.0/", "Public Domain Mark 1.0"),
    ],
)
def test_licences_of_creative_commons_have_names(licence, said):
    assert markdown_of([Credit("T", licence=licence)]) == f"# Sources\n\n**T**  \n{said}: <{licence}>\n"


def test_a_credit_is_a_paragraph_of_what_is_known():
    credits = [
        Credit("T", "C", "1930", "all rights *reserved*", "https://a.org/x y"),
        Credit("U", "", "1931", "https://b.org/l", "https://b.org"), Credit("V", "D"),
    ]  # fmt: skip
    assert markdown_of(credits, "Head & all") == (
        "# Head \\& all\n\n"
        "**T**  \nC, 1930  \nall rights \\*reserved\\*  \nhttps://a.org/x y\n\n"
        "**U**  \n1931  \n<https://b.org/l>  \n<https://b.org>\n\n"
        "**V**  \nD\n"
    )
    assert markdown_of([]) == "# Sources\n"


@each(
    "text",
    [
        "# head", "- item", "+ item", "= x", ": x", "~~~", "1. one", "12) two", "1.5 m", "7",
        "*a* _b_ `c` [d](e) <f> &amp; |g|",
        "a_b_c", "_a", "a_", "back\\slash", "", "2024", "=", "--",
    ],
)  # fmt: skip
def test_any_text_is_itself_in_markdown(text):
    tokens = MarkdownIt("commonmark").parse(f"{escaped(text)}\n")
    kinds = [token.type for token in tokens]
    assert kinds in (["paragraph_open", "inline", "paragraph_close"], [] if not text else None)
    if text:
        assert "".join(child.content for child in tokens[1].children) == text


@each(
    ("text", "said"), [("1. one", "1\\. one"), ("12) x", "12\\) x"), ("1.5", "1\\.5"), ("a_b", "a_b"), ("# x", "\\# x")]
)
def test_only_what_would_mean_something_is_escaped(text, said):
    assert escaped(text) == said


def test_line_breaks_and_other_signs_are_spaces():
    assert one_line(" a\nb\t c\u200b\u2028d ") == "a b c d"
