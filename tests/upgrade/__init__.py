"""A database of an older version (33136ea) lives on in this one."""
