"""Reads SQL statements that change tables, and keeps the tables that they leave."""

from rowtide.tables.ddl.lexer import Flavor
from rowtide.tables.ddl.result import DdlEvent, DdlResult, EventKind
from rowtide.tables.ddl.session import Session, logged_session
from rowtide.tables.ddl.state import SchemaState

__all__ = ["DdlEvent", "DdlResult", "EventKind", "Flavor", "SchemaState", "Session", "logged_session"]
