"""Walks over the tokens of one statement."""

from __future__ import annotations

from collections.abc import Sequence

from rowtide.errors import SchemaError
from rowtide.tables.ddl.lexer import Flavor, Kind, Token, name_of
from rowtide.tables.ddl.session import UNTOLD, Session
from rowtide.tables.model import TableId


class Cursor:
    """A place in a statement's tokens. Every reader of this package takes one and leaves it behind what it has read.

    Raises SchemaError from the methods whose names say that something must be there; the others answer None or False.
    """

    def __init__(
        self, sql: str, tokens: Sequence[Token], database: str, flavor: Flavor, session: Session = UNTOLD
    ) -> None:
        self.sql = sql
        self.database = database
        self.flavor = flavor
        self.session = session
        self._tokens = tokens
        self._index = 0

    def peek(self, ahead: int = 0) -> str:
        """The keyword or sign that stands there, empty for anything else and behind the end."""
        token = self.token(ahead)
        return token.upper if token else ""

    def token(self, ahead: int = 0) -> Token | None:
        index = self._index + ahead
        return self._tokens[index] if index < len(self._tokens) else None

    @property
    def done(self) -> bool:
        return self._index >= len(self._tokens)

    def next(self) -> Token:
        """The token here, stepping over it; SchemaError behind the end."""
        token = self.token()
        if token is None:
            raise SchemaError("the statement ends too early")
        self._index += 1
        return token

    def step(self, count: int = 1) -> None:
        self._index = min(self._index + count, len(self._tokens))

    def accept(self, *words: str) -> bool:
        """Steps over these keywords or signs if all of them stand here in this order."""
        if all(self.peek(i) == word for i, word in enumerate(words)):
            self._index += len(words)
            return True
        return False

    def accept_any(self, *words: str) -> str:
        """Steps over the token if it is one of these; answers which, or an empty text."""
        word = self.peek()
        if word and word in words:
            self._index += 1
            return word
        return ""

    def must(self, word: str) -> None:
        if not self.accept(word):
            found = self.token()
            raise SchemaError(f"expected {word}, found {found.text[:40] if found else 'the end'}")

    def at_name(self) -> bool:
        token = self.token()
        return token is not None and (
            token.kind in (Kind.WORD, Kind.NAME, Kind.STRING) or (token.kind is Kind.NUMBER and token.text[0].isdigit())
        )

    def name(self) -> str:
        """The name of an index or database."""
        if not self.at_name():
            found = self.token()
            raise SchemaError(f"expected a name, found {found.text[:40] if found else 'the end'}")
        return name_of(self.next())

    def column(self) -> str:
        """The name of a column, which may stand behind those of its table and database."""
        self.accept(".")
        name = self.name()
        while self.accept("."):
            name = self.name()
        return name

    def table(self) -> TableId:
        """A table's name, with the statement's database when it names none."""
        self.accept(".")
        first = self.name()
        if self.accept("."):
            return TableId(first, self.name())
        token = self.token()
        if token is not None and token.kind is Kind.NUMBER and token.text.startswith("."):  # `db.2020`
            self.step()
            return TableId(first, token.text[1:])
        return TableId(self.database, first)

    def if_exists(self) -> bool:
        """Steps over IF EXISTS or IF NOT EXISTS; whether it was there."""
        return self.accept("IF", "EXISTS") or self.accept("IF", "NOT", "EXISTS")

    def skip_parentheses(self) -> None:
        """Steps over `( ... )` if it stands here, with whatever is nested in it."""
        if self.peek() != "(":
            return
        depth = 0
        while not self.done:
            sign = self.next().upper
            depth += (sign == "(") - (sign == ")")
            if depth == 0:
                return

    def skip_one(self) -> None:
        """Steps over one token, or over a whole pair of parentheses."""
        if self.peek() == "(":
            self.skip_parentheses()
        else:
            self.step()

    def skip_to_comma(self) -> None:
        """Steps to the next comma, or closing parenthesis, that is not nested in parentheses; or to the end."""
        while not self.done and self.peek() not in (",", ")"):
            self.skip_one()

    def text_from(self, start: int) -> str:
        """The statement's text from a character's index to the end of its last token.

        With MariaDB to the last one that is in no executable comment: Debezium's parser takes them for comments.
        """
        tokens = self._tokens
        if self.flavor == "mariadb":
            plain = [token for token in tokens if not token.conditional]
            tokens = plain or tokens
        return self.sql[start : tokens[-1].stop] if tokens else self.sql[start:]

    def text_before(self) -> str:
        """The statement up to the token here."""
        return self.sql[self.start : self._tokens[max(self._index, 1) - 1].stop] if self._tokens else ""

    def text_between(self, first: Token) -> str:
        """The statement from a token to the one before the cursor."""
        return self.sql[first.start : max(self._tokens[max(self._index, 1) - 1].stop, first.start)]

    def text_to_here(self) -> str:
        """The statement up to where the token at the cursor begins."""
        token = self.token()
        return self.sql[self.start : token.start] if token is not None else self.sql[self.start :]

    def text_after_first(self) -> str:
        """The statement without its first token."""
        return self.text_from(self._tokens[min(1, len(self._tokens) - 1)].start)

    def after(self, word: str) -> Cursor | None:
        """A cursor over what follows the next such keyword, as if it were a statement of its own."""
        for index in range(self._index, len(self._tokens)):
            if self._tokens[index].upper == word:
                return Cursor(self.sql, self._tokens[index + 1 :], self.database, self.flavor, self.session)
        return None

    @property
    def start(self) -> int:
        """Index of the first token's first character."""
        return self._tokens[0].start if self._tokens else 0

    @property
    def text(self) -> str:
        """The statement without what precedes and follows its tokens."""
        return self.text_from(self.start)
