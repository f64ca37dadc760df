"""GTID sets of both servers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rowtide.binlog.gtid import MariadbGtidSet, MysqlGtidSet
from rowtide.errors import BinlogError

A = "24bc7850-2c16-11e6-a073-0242ac110002"
B = "7c1de3f2-3fd2-11e6-9cdc-42010af000bc"

Numbers = dict[tuple[str, str], set[int]]


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("", ""),
        (None, ""),
        (f"{A}:1-5", f"{A}:1-5"),
        (f"{A}:1-5:7-7:6", f"{A}:1-7"),
        (f"{A}:9:1-5:7", f"{A}:1-5:7-7:9-9"),
        (f"{B}:1, \n{A.upper()}:2-3,", f"{B}:1-1,{A}:2-3"),
        (f"{A}:tag_b:3:1-2:tag_a:5", f"{A}:tag_b:1-3:tag_a:5-5"),
        (f"{A}:1-5:Tag:1-2,{A}:6", f"{A}:1-6:tag:1-2"),
        (A.replace("-", "") + ":1", f"{A}:1-1"),
    ],
)
def test_mysql_sets_print_as_in_offsets(text: str | None, canonical: str) -> None:
    assert str(MysqlGtidSet.parse(text)) == canonical


def test_what_comes_later_is_printed_later_until_the_set_is_ordered() -> None:
    gtids = MysqlGtidSet.parse(f"{B}:1-5:b:1")
    for gtid in (f"{B}:6", f"{A}:1", f"{B}:a:1", f"{B}:8"):
        gtids.add(gtid)
    assert str(gtids) == f"{B}:1-6:8-8:b:1-1:a:1-1,{A}:1-1"
    assert str(gtids.ordered()) == f"{A}:1-1,{B}:1-6:8-8:a:1-1:b:1-1"


@pytest.mark.parametrize(
    "text", [A, f"{A}:", "x:1", f"{A}:0", f"{A}:5-3", f"{A}:1-2-3", f"{A}:9tag:1", f"{A}:99999999999999999999", "0-1-5"]
)
def test_what_is_no_mysql_set_is_refused(text: str) -> None:
    with pytest.raises(BinlogError, match="GTID"):
        MysqlGtidSet.parse(text)


def _sets(tags: tuple[str, ...] = ("", "t")) -> st.SearchStrategy[Numbers]:
    sources = st.sampled_from([(sid, tag) for sid in (A, B) for tag in tags])
    return st.dictionaries(sources, st.sets(st.integers(1, 25), min_size=1), max_size=4)


def _built(numbers: Numbers) -> MysqlGtidSet:
    result = MysqlGtidSet()
    for (sid, tag), values in numbers.items():
        for value in values:
            result.add(f"{sid}:{tag}:{value}" if tag else f"{sid}:{value}")
    return result


def _flat(numbers: Numbers) -> set[tuple[str, str, int]]:
    return {(sid, tag, value) for (sid, tag), values in numbers.items() for value in values}


def _numbers(gtids: MysqlGtidSet) -> set[tuple[str, str, int]]:
    return {(sid, tag, n) for (sid, tag), spans in gtids for first, last in spans for n in range(first, last + 1)}


@given(_sets(), _sets())
def test_mysql_sets_behave_as_sets_of_numbers(left: Numbers, right: Numbers) -> None:
    a, b = _built(left), _built(right)
    assert _numbers(a) == _flat(left)
    assert _numbers(a.union(b)) == _flat(left) | _flat(right)
    assert _numbers(a.subtract(b)) == _flat(left) - _flat(right)
    assert a.is_subset(b) == (_flat(left) <= _flat(right))
    assert (a == b) == (_flat(left) == _flat(right))
    assert bool(a) == bool(left)
    assert a.subtract(b).union(b) == a.union(b)


@given(_sets())
def test_mysql_sets_survive_printing_and_parsing(numbers: Numbers) -> None:
    gtids = _built(numbers)
    assert MysqlGtidSet.parse(str(gtids)) == gtids
    assert str(MysqlGtidSet.parse(str(gtids))) == str(gtids)


@given(_sets(), st.sampled_from([A, B]), st.integers(1, 25))
def test_mysql_membership(numbers: Numbers, sid: str, number: int) -> None:
    assert (f"{sid}:{number}" in _built(numbers)) == ((sid, "", number) in _flat(numbers))


def test_a_copy_is_independent() -> None:
    original = MysqlGtidSet.parse(f"{A}:1-5")
    copy = original.copy()
    copy.add(f"{A}:6")
    assert (str(original), str(copy)) == (f"{A}:1-5", f"{A}:1-6")


def test_filtering_by_server_and_by_known_source() -> None:
    gtids = MysqlGtidSet.parse(f"{A}:1-5:tag:1,{B}:3")
    assert str(gtids.filtered(lambda sid: sid == B)) == f"{B}:3-3"
    assert str(gtids.restricted_to_sources(MysqlGtidSet.parse(f"{A}:tag:9"))) == f"{A}:tag:1-1"


def test_the_dump_form_without_tags() -> None:
    encoded = MysqlGtidSet.parse(f"{A}:1-5:7").encode()
    assert encoded.hex() == (
        "0100000000000000" + A.replace("-", "") + "0200000000000000"
        "0100000000000000"
        "0600000000000000"
        "0700000000000000"
        "0800000000000000"
    )


def test_the_dump_form_with_tags() -> None:
    encoded = MysqlGtidSet.parse(f"{A}:1:mytag:2").encode()
    sid = A.replace("-", "")
    assert encoded.hex() == (
        "0102000000000001" + sid + "00"
        "0100000000000000"
        "0100000000000000"
        "0200000000000000" + sid + "0a" + b"mytag".hex() + "0100000000000000"
        "0200000000000000"
        "0300000000000000"
    )


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("", ""),
        (None, ""),
        ("0-1-24", "0-1-24"),
        ("2-1-5,0-1-24", "0-1-24,2-1-5"),
        ("0-1-24, 0-555555-9709\n", "0-555555-9709"),
    ],
)
def test_mariadb_positions_keep_the_last_gtid_of_a_domain(text: str | None, printed: str) -> None:
    assert str(MariadbGtidSet.parse(text)) == printed


@pytest.mark.parametrize("text", ["0-1", "0-1-x", "1-2-3-4", f"{A}:1", "4294967296-1-1", "0-1-18446744073709551616"])
def test_what_is_no_mariadb_gtid_is_refused(text: str) -> None:
    with pytest.raises(BinlogError, match="GTID of MariaDB"):
        MariadbGtidSet.parse(text)


_positions = st.dictionaries(st.integers(0, 3), st.tuples(st.integers(1, 3), st.integers(1, 9)), max_size=3)


def _position(domains: dict[int, tuple[int, int]]) -> MariadbGtidSet:
    result = MariadbGtidSet()
    for domain, (server, sequence) in domains.items():
        result.add(f"{domain}-{server}-{sequence}")
    return result


@given(_positions, _positions)
def test_mariadb_positions_compare_by_domain(left: dict, right: dict) -> None:
    a, b = _position(left), _position(right)
    behind = all(domain in right and last[1] <= right[domain][1] for domain, last in left.items())
    assert a.is_subset(b) == behind
    assert a.is_subset(a.union(b))
    assert b.is_subset(a.union(b))
    assert bool(a.subtract(b)) == (not behind)
    assert MariadbGtidSet.parse(str(a)) == a
    assert a.copy() == a


def test_mariadb_membership_goes_by_sequence() -> None:
    position = MariadbGtidSet.parse("0-1-24")
    assert "0-9-24" in position
    assert "0-1-25" not in position
    assert "1-1-1" not in position


def test_mariadb_filtering_sees_domain_and_server() -> None:
    assert str(MariadbGtidSet.parse("0-1-5,3-2-9").filtered(lambda source: source == "3-2")) == "3-2-9"


def test_adding_moves_a_mariadb_position_without_touching_its_copy() -> None:
    position = MariadbGtidSet.parse("0-1-5")
    copy = position.copy()
    position.add_gtid(0, 2, 6)
    assert (str(position), str(copy)) == ("0-2-6", "0-1-5")


def test_of_several_gtids_of_a_domain_the_furthest_counts_in_any_order() -> None:
    """Debezium stores one for each server that wrote in a domain, in the order of a hash map."""
    assert str(MariadbGtidSet.parse("0-2-501,0-1-500,1-1-7")) == "0-2-501,1-1-7"
    assert str(MariadbGtidSet.parse("0-1-500,1-1-7,0-2-501")) == "0-2-501,1-1-7"
