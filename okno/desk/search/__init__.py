"""Full-text search over what both sides wrote: the same words and results on both databases."""

from okno.desk.search.finding import Results, find
from okno.desk.search.index import Entry, entries, index, of_team, put, remove

__all__ = ["Entry", "Results", "entries", "find", "index", "of_team", "put", "remove"]
