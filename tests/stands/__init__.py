"""Real servers for the tests: PostgreSQL, Dovecot, an SMTP sink, a cutting proxy, a browser.

Each is a context manager on 127.0.0.1 and a free port, needs no Django, and dies with the process
that started it, also when that process is killed.
"""
