import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rowtide.tables.ddl.lexer import Kind, name_of, tokenize


def texts(sql, flavor="mysql"):
    return [token.text for token in tokenize(sql, flavor)]


def test_words_names_strings_numbers_and_signs():
    tokens = tokenize("CREATE t1 `a``b` 'it''s' \"q\" 1.5e3 0x1F b'01' @@global.x (,)", "mysql")
    assert [token.kind for token in tokens] == [
        Kind.WORD, Kind.WORD, Kind.NAME, Kind.STRING, Kind.STRING, Kind.NUMBER, Kind.NUMBER, Kind.NUMBER, Kind.VARIABLE,
        Kind.SIGN, Kind.SIGN, Kind.SIGN,
    ]  # fmt: skip
    assert name_of(tokens[2]) == "a`b"


def test_comments_yield_nothing():
    assert texts("a -- b\n# c\n/* d */ e --\nf --g") == ["a", "e", "f", "-", "-", "g"]


@pytest.mark.parametrize(
    ("comment", "mysql", "mariadb"),
    [
        ("/*!50100 x */", True, True),
        ("/*! x */", True, True),
        ("/*!80023 x */", True, False),
        ("/*M!100301 x */", False, True),
        ("/*M! x */", False, True),
        ("/*!100301 x */", False, True),
        ("/*!999999\\- x */", False, True),
        ("/* x */", False, False),
    ],
)
def test_executable_comments_run_where_the_server_runs_them(comment, mysql, mariadb):
    assert ("x" in texts(comment, "mysql")) is mysql
    assert ("x" in texts(comment, "mariadb")) is mariadb


def test_executable_comment_may_hold_a_string_with_its_end():
    assert texts("/*!50000 'a*/b' */ c") == ["'a*/b'", "c"]


def test_positions_give_the_text_back():
    sql = "ALTER  TABLE `t` ADD x ENUM('ä') /*!50000 NOT NULL */"
    assert all(sql[token.start : token.stop] == token.text for token in tokenize(sql, "mysql"))


def test_a_name_may_begin_with_digits():
    assert texts("1abc 1d 2e 12") == ["1abc", "1d", "2e", "12"]
    assert [token.kind for token in tokenize("1abc 12", "mysql")] == [Kind.WORD, Kind.NUMBER]


@given(st.text())
def test_any_text_is_split(text):
    tokens = tokenize(text, "mariadb")
    assert all(text[token.start : token.stop] == token.text for token in tokens)
    assert all(first.stop <= second.start for first, second in itertools.pairwise(tokens))


@given(st.text(alphabet="'\"`\\/*!-#\n a0"))
def test_any_quoting_is_split(text):
    assert sum(len(token.text) for token in tokenize(text, "mysql")) <= len(text)
