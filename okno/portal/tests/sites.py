"""A running installation, and a site of somebody else that embeds its chat."""

import json
import threading
import urllib.request
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.stands.installation import Installation
from tests.stands.processes import free_port, wait_until


class Served:
    """An installation that serves pages on a port of its own; it can be stopped and come back."""

    def __init__(self, folder, database="sqlite", server=None, **settings):
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.okno = Installation(
            folder,
            database,
            server,
            {"OKNO_BIND": f"127.0.0.1:{self.port}", "OKNO_SMTP_BIND": "off", **settings},
        )
        self._child = None

    def start(self):
        self._child = self.okno.start(["-m", "okno", "serve"])
        wait_until(self.is_up, 40, "the pages")

    def stop(self):
        """As a service manager does."""
        self._child.terminate()
        self._child.wait(15)

    def is_up(self):
        try:
            with urllib.request.urlopen(f"{self.url}/health/ready", timeout=2) as answer:
                return answer.status == 200
        except OSError:
            return False

    def people(self, *args):
        done = self.okno.run(["-m", "okno.portal.tests.people", *args])
        assert done.returncode == 0, done.stderr[-2000:]
        return json.loads(done.stdout)


@contextmanager
def site(make_page):
    """A web server of another origin, which it yields; `make_page(path)` gives (headers, html)."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            headers, html = make_page(self.path)
            body = html.encode()
            self.send_response(200)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
