"""A question of our own that a query may ask of a column."""

from typing import Any

from django.db.models import Lookup
from django.db.models.sql.compiler import SQLCompiler


class Live(Lookup):
    """`status__live=True`: open or pending, with the words in the statement and not beside it.

    SQLite uses an index of a part of a table only if the statement shows that it asks for that part
    (https://www.sqlite.org/partialindex.html, section 3).
    """

    lookup_name = "live"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """The condition and its parameters."""
        column, parameters = self.process_lhs(compiler, connection)
        return f"{column}{'' if self.rhs else ' NOT'} IN ('open', 'pending')", tuple(parameters)
