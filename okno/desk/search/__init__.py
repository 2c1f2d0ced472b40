"""Full-text search over what both sides wrote: the same words and results on both databases."""

from okno.desk.search.finding import Results, find
from okno.desk.search.index import INDEX, entries, index, of_team, remove

__all__ = ["INDEX", "Results", "entries", "find", "index", "of_team", "remove"]
