"""Makes statements on tables at random, many of them refused by a server, none of them beyond what servers know."""

from __future__ import annotations

import random

TYPES = """
    INT; INT UNSIGNED; INTEGER(7); BIGINT; BIGINT UNSIGNED; SMALLINT UNSIGNED ZEROFILL; TINYINT(1); MEDIUMINT;
    BOOL; DECIMAL; DECIMAL(12,3) UNSIGNED; NUMERIC(5); DEC(4,1); FLOAT; DOUBLE; DOUBLE PRECISION; REAL;
    FLOAT(7,3); BIT; BIT(9); DATE; TIME; TIME(3); DATETIME; DATETIME(6); TIMESTAMP(2) NULL; YEAR; BINARY(4);
    VARBINARY(12); BLOB; LONGBLOB; GEOMETRY; POINT; CHAR(3) BYTE; INT DEFAULT 5; DECIMAL(6,2) DEFAULT '1.5'; BIGINT
    DEFAULT -7; DATETIME DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP; DATE DEFAULT '2020-02-29'; BIT(3)
    DEFAULT b'101'; FLOAT4; FLOAT8; INT1; INT2 UNSIGNED; INT3; INT4; INT8; MIDDLEINT; FIXED(7,2); LONG VARBINARY;
    TINYBLOB; BLOB(70000); BOOLEAN DEFAULT TRUE; BINARY; MULTIPOINT; LINESTRING; POLYGON; INT AS (1 + 1)
    VIRTUAL; INT GENERATED ALWAYS AS (2 * 3) STORED; DOUBLE(8,2) UNSIGNED; TIMESTAMP(3) DEFAULT CURRENT_TIMESTAMP(3)
"""
FLAVOR_TYPES = {
    "mariadb": "INET4; INET6; UUID; UUID DEFAULT UUID(); INT DEFAULT (1 + 1); TIME DEFAULT (1); INT WITHOUT SYSTEM "
    "VERSIONING; JSON; INT AS (3) PERSISTENT",
    "mysql": "JSON; VECTOR; VECTOR(3); GEOMCOLLECTION; POINT SRID 4326; JSON DEFAULT (JSON_ARRAY()); INT DEFAULT "
    "(1 + 1); INT /*!80023 INVISIBLE */; TEXT DEFAULT ('x'); INT ENGINE_ATTRIBUTE = '{}'",
}
TEXT_TYPES = """
    CHAR; CHAR(5); VARCHAR(20); VARCHAR(9) CHARACTER SET latin1; VARCHAR(9) COLLATE utf8mb4_bin; CHARACTER
    VARYING(7); CHAR(4) CHARACTER SET latin2 COLLATE latin2_bin; NCHAR(3); NATIONAL VARCHAR(6); TEXT; TINYTEXT
    CHARACTER SET ucs2; LONGTEXT COLLATE 'latin1_bin'; ENUM('a','b''c',"d"); SET('x','y') CHARACTER SET
    latin1; ENUM('q') COLLATE utf8mb4_bin; LONG VARCHAR; VARCHAR(7) NOT NULL COLLATE latin1_bin; VARCHAR(5) DEFAULT
    'a''b'; CHAR(2) DEFAULT "x"; NVARCHAR(4); NATIONAL CHARACTER(3); CHAR VARYING(6) BINARY; VARCHAR(5) ASCII; CHAR(5)
    UNICODE; TEXT(100); TEXT(70000); VARCHAR(4) CHARSET binary; ENUM('x', 'y') DEFAULT 'y'; SET('x', 'y') DEFAULT 'x,y';
    TEXT CHARACTER SET binary; VARCHAR(6) COLLATE utf8mb4_unicode_ci; TEXT BINARY; LONG
"""
FLAVOR_TEXT_TYPES = {
    "mariadb": "TEXT COMPRESSED; VARCHAR(30) COMPRESSED; VARCHAR(40) COMPRESSED=zlib DEFAULT 'q'; LONGTEXT CHECK "
    "(JSON_VALID('1')); VARCHAR(4) DEFAULT (UUID_SHORT())",
    "mysql": "VARCHAR(8) COLLATE utf8mb4_0900_as_cs; VARCHAR(8) DEFAULT (UUID()); VARCHAR(3) CHARACTER SET ascii",
}
ATTRIBUTES = """
    ;;; NOT NULL; NOT NULL; NULL; DEFAULT NULL; UNIQUE; COMMENT 'a, b (c'; INVISIBLE; NOT NULL COMMENT "it's";
    DEFAULT (NULL); /*!50000 NOT NULL */; CHECK (1 < 2) NOT NULL
"""
NAMES = ["a", "b", "c", "D", "`e f`", "`g``h`", "name", "status", "`key`", "date"]
TABLES = ["t1", "t2", "`t 3`"]
DATABASE_NAME = "rowtide_ddl_judge"


class RandomDdl:
    """An endless source of statements; the seed decides."""

    def __init__(self, seed: int, flavor: str) -> None:
        self._random = random.Random(seed)
        self._types = (TYPES, TYPES, TEXT_TYPES, FLAVOR_TYPES[flavor], FLAVOR_TEXT_TYPES[flavor])

    def statement(self) -> str:
        kind = self._random.random()
        if kind < 0.12:
            return self._create()
        if kind < 0.16:
            return f"RENAME TABLE {self._table()} TO {self._table()}"
        if kind < 0.19:
            return f"DROP TABLE IF EXISTS {self._table()}"
        if kind < 0.21:
            return self._another()
        if kind < 0.22:
            return f"CREATE TABLE {self._table()} LIKE {self._table()}"
        if kind < 0.26:
            return f"CREATE UNIQUE INDEX i{self._random.randrange(99)} ON {self._table()} ({self._columns()})"
        clauses = [self._clause() for _ in range(self._random.choice([1, 1, 1, 2, 3]))]
        dropped = {
            name for clause in clauses for name in NAMES if clause.startswith("DROP COLUMN") and clause.endswith(name)
        }
        changes = [clause for clause in clauses if clause.startswith(("MODIFY", "CHANGE", "RENAME", "ALTER"))]
        if any(f" {name} " in clause for clause in changes for name in dropped):
            return self.statement()  # MariaDB takes some of these for additions
        return f"ALTER TABLE {self._table()} " + ", ".join(clauses)

    def _another(self) -> str:
        """One of those that are seldom."""
        one, other = self._table(), self._table()
        return self._random.choice(
            [
                f"RENAME TABLE {one} TO spare, {other} TO {one}, spare TO {other}",
                f"ALTER TABLE {one} RENAME AS {other}",
                f"ALTER TABLE {one} RENAME TO {DATABASE_NAME}.{other}",
                f"DROP TABLE {one}, {other}",
                f"CREATE TABLE {one} (LIKE {other})",
                f"CREATE TABLE {DATABASE_NAME}.{one} SELECT * FROM {other}",
                f"CREATE TABLE {one} (first_one INT NOT NULL) AS SELECT {self._name()}, 1 AS one, 'x' t FROM {other}",
                "CREATE TEMPORARY TABLE passing (a INT)",
                "DROP TEMPORARY TABLE IF EXISTS passing",
                f"TRUNCATE {one}",
                f"OPTIMIZE TABLE {one}",
                f"CREATE VIEW {one}_v AS SELECT 1",
            ]
        )

    def _table(self) -> str:
        return self._random.choice(TABLES)

    def _name(self) -> str:
        return self._random.choice(NAMES)

    def _columns(self) -> str:
        return ", ".join(self._random.sample(NAMES, self._random.choice([1, 1, 2])))

    def _definition(self) -> str:
        kinds = self._random.choice(self._types)
        return " ".join(self._random.choice(words.split(";")).strip() for words in (kinds, ATTRIBUTES)).strip()

    def _place(self) -> str:
        return self._random.choice(["", "", " FIRST", f" AFTER {self._name()}"])

    def _create(self) -> str:
        names = self._random.sample(NAMES, self._random.randint(1, 6))
        elements = [f"{name} {self._definition()}" for name in names]
        if self._random.random() < 0.5:
            elements.append(f"PRIMARY KEY ({self._random.choice(names)})")
        if self._random.random() < 0.3:
            elements.append(f"KEY k ({self._random.choice(names)})")
        how = self._random.choice(
            ["CREATE TABLE", "CREATE TABLE", "CREATE TABLE IF NOT EXISTS", "CREATE OR REPLACE TABLE"]
        )
        options = self._random.choice(["", " CHARSET latin1", " COLLATE utf8mb4_bin", " ENGINE=InnoDB COMMENT='x'"])
        return f"{how} {self._table()} ({', '.join(elements)}){options}"

    def _clause(self) -> str:
        name = self._name()
        make = self._random.choice(
            [
                lambda: f"ADD {name} {self._definition()}{self._place()}",
                lambda: f"ADD COLUMN {name} {self._definition()}{self._place()}",
                lambda: f"ADD COLUMN IF NOT EXISTS {name} {self._definition()}",
                lambda: f"DROP COLUMN {name}",
                lambda: f"DROP COLUMN IF EXISTS {name}",
                lambda: f"MODIFY {name} {self._definition()}{self._place()}",
                lambda: f"CHANGE {name} {self._name()} {self._definition()}{self._place()}",
                lambda: f"RENAME COLUMN {name} TO {self._name()}",
                lambda: f"ADD PRIMARY KEY ({self._columns()})",
                lambda: "DROP PRIMARY KEY",
                lambda: f"ADD INDEX ({self._columns()})",
                lambda: f"CONVERT TO CHARACTER SET {self._random.choice(['latin1', 'utf8mb4'])}",
                lambda: f"DEFAULT CHARSET {self._random.choice(['latin1', 'utf8mb4', 'latin2'])}",
                lambda: f"ALTER {name} DROP DEFAULT",
                lambda: "COMMENT 'new', ENGINE=InnoDB",
                lambda: "ORDER BY " + name,
                lambda: "FORCE",
                lambda: "ROW_FORMAT=DYNAMIC, ALGORITHM=COPY",
                lambda: "PARTITION BY HASH (1) PARTITIONS 2",
                lambda: "REMOVE PARTITIONING",
                lambda: f"ADD CONSTRAINT c{self._random.randrange(99)} CHECK ({name} IS NOT NULL OR 1)",
                lambda: f"ADD FULLTEXT ({name}), ADD UNIQUE u{self._random.randrange(9)} ({self._columns()})",
                lambda: f"ADD CONSTRAINT f FOREIGN KEY ({name}) REFERENCES {self._table()} ({self._name()})",
                lambda: f"ALTER {name} SET DEFAULT 1",
                lambda: f"ALTER COLUMN {name} SET DEFAULT NULL",
                lambda: f"ADD ({name} {self._definition()})",
                lambda: f"MODIFY COLUMN IF EXISTS {name} {self._definition()}",
                lambda: f"CHANGE COLUMN {name} {name} {self._definition()} FIRST",
                lambda: f"DROP {name}",
                lambda: f"ADD COLUMN (x{self._random.randrange(9)} INT, y{self._random.randrange(9)} TEXT)",
                lambda: f"ADD ({name} {self._definition()}, extra{self._random.randrange(99)} {self._definition()})",
            ]
        )
        return make()
