import pytest

from rowtide.errors import ConfigError
from rowtide.tables.filters import ColumnFilter, TableFilter, patterns
from rowtide.tables.history import HistoryScope
from rowtide.tables.model import TableChange, TableId


def t(text):
    return TableId(*text.split("."))


def test_without_lists_everything_but_the_servers_own_is_captured():
    every = TableFilter()
    assert every.table(t("shop.orders"))
    assert not any(every.database(name) for name in ("mysql", "sys", "Performance_Schema", "information_schema"))
    assert TableFilter(ignore_builtin=False).table(t("mysql.user"))


@pytest.mark.parametrize(
    ("include", "table", "captured"),
    [
        ("shop.orders", "shop.orders", True),
        ("shop.orders", "SHOP.Orders", True),
        ("shop.order", "shop.orders", False),
        (r" shop\.o.* , other.x", "shop.orders", True),
        (r"shop\.(a|b)", "shop.b", True),
        (r"shop\.a\,b", "shop.a,b", True),
        (r"shop\.x{1\,3}", "shop.xx", True),
        (r"shop\.\p{Alpha}+", "shop.orders", True),
        (r"\Qshop.orders\E", "shop.orders", True),
        (r"shop\.(?<n>o).*\k<n>.*", "shop.oxo", True),
        (r"shop\.[a-z]++", "shop.orders", True),
    ],
)
def test_table_include_list(include, table, captured):
    assert TableFilter(table_include=include).table(t(table)) is captured


def test_database_lists_go_before_table_lists():
    assert not TableFilter(database_include="shop", table_include="other.t").table(t("other.t"))
    assert not TableFilter(database_exclude="shop.*").table(t("shop2.t"))
    assert TableFilter(database_exclude="shop").table(t("shop2.t"))


def test_exclude_list():
    filters = TableFilter(table_exclude=r"shop\.tmp_.*")
    assert not filters.table(t("shop.tmp_1"))
    assert filters.table(t("shop.orders"))


@pytest.mark.parametrize("family", ["database", "table"])
def test_both_lists_of_a_pair_are_refused(family):
    with pytest.raises(ConfigError, match=rf"{family}\.include\.list and {family}\.exclude\.list are both set"):
        TableFilter(**{f"{family}_include": "a", f"{family}_exclude": "b"})


def test_invalid_expression_names_its_option():
    with pytest.raises(ConfigError, match=r"table\.include\.list: 'shop\.\('"):
        TableFilter(table_include="shop.(")
    with pytest.raises(ConfigError, match=r"gtid\.source\.includes"):
        patterns("[", "gtid.source.includes")


def test_snapshot_order_is_that_of_the_include_list():
    filters = TableFilter(table_include=r"d\.z,d\.a.*,d\..*")
    tables = [t(name) for name in ("d.b", "d.ab", "d.z", "d.aa")]
    assert [str(name) for name in sorted(tables, key=filters.snapshot_order)] == ["d.z", "d.aa", "d.ab", "d.b"]
    plain = sorted([t("b.a"), t("a.z"), t("a.b")], key=TableFilter().snapshot_order)
    assert [str(name) for name in plain] == ["a.b", "a.z", "b.a"]


def test_from_config_reads_the_options():
    filters = TableFilter.from_config({"table.include.list": "a.b", "table.ignore.builtin": "false"})
    assert filters.table(t("a.b"))
    assert not filters.table(t("a.c"))


def test_column_lists():
    assert not ColumnFilter()
    include = ColumnFilter(include=r"d\.t\.(id|v)")
    assert include
    assert include.column(t("d.t"), "ID")
    assert not include.column(t("d.t"), "x")
    assert not ColumnFilter(exclude=r".*\.secret").column(t("d.t"), "secret")
    with pytest.raises(ConfigError, match=r"column\.include\.list and column\.exclude\.list"):
        ColumnFilter("a", "b")


CREATE = (TableChange("CREATE", TableId("shop", "orders")),)
OTHER = (TableChange("CREATE", TableId("shop", "other")),)


def test_scope_records_everything_by_default():
    scope = HistoryScope(TableFilter(table_include="shop.orders"))
    assert scope.wanted("elsewhere", OTHER, "CREATE TABLE x")
    assert scope.wanted("elsewhere", (), "FLUSH TABLES")
    assert scope.schema_table(t("elsewhere.t"))
    assert not scope.schema_table(t("mysql.user"))


def test_scope_of_captured_tables():
    scope = HistoryScope(TableFilter("shop", table_include="shop.orders"), only_captured_tables=True)
    assert scope.wanted("shop", CREATE, "CREATE TABLE orders (id INT)")
    assert not scope.wanted("shop", OTHER, "CREATE TABLE other (id INT)")
    assert scope.wanted("", (), "SET character_set_server=utf8mb4")
    assert not scope.wanted("", (), "FLUSH TABLES")
    assert not scope.wanted("shop", (), "CREATE DATABASE shop")
    assert scope.published("shop", (), "CREATE DATABASE shop", ())
    assert not scope.published("elsewhere", (), "CREATE DATABASE elsewhere", ())
    assert not scope.published("shop", OTHER, "DROP TABLE `shop`.`other`", (t("shop.orders"), t("shop.other")))
    assert not scope.published("shop", (), "FLUSH TABLES", ())
    assert scope.noticed("shop", (), "TRUNCATE TABLE orders", (t("shop.orders"),))
    assert not scope.noticed("shop", OTHER, "CREATE TABLE other (id INT)", (t("shop.other"),))
    assert scope.schema_table(t("shop.orders"))
    assert not scope.schema_table(t("shop.other"))


def test_scope_of_captured_databases():
    scope = HistoryScope(TableFilter("shop", table_include="shop.orders"), only_captured_databases=True)
    assert scope.wanted("shop", OTHER, "CREATE TABLE other (id INT)")
    assert not scope.wanted("elsewhere", (), "CREATE DATABASE elsewhere")
    assert not scope.published("elsewhere", (), "CREATE DATABASE elsewhere", ())
    assert scope.noticed("elsewhere", (), "CREATE DATABASE elsewhere", ())
    assert scope.wanted("", (), "SET x=1")
    assert scope.schema_table(t("shop.other"))
    assert not scope.schema_table(t("elsewhere.t"))
