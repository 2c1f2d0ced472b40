"""A tab with an open composer."""

import re

SCRIPT = {"HX-Request": "true"}


class Tab:
    """One composer as its page rendered it, and what its script remembers."""

    def __init__(self, browser, talk):
        self.browser, self.path = browser, f"/conversations/{talk.pk}/"
        self.page = browser.get(self.path).content.decode()
        self.key, self.seen, self.version = (
            re.search(rf'name="{name}" value="([^"]*)"', self.page)[1]
            for name in ("key", "seen", "version")
        )

    def form(self, text, **more):
        hidden = {"key": self.key, "seen": self.seen, "version": self.version}
        return {"mode": "reply", **hidden, "text": text, **more}

    def type(self, text, **more):
        answer = self.browser.post(f"{self.path}draft", self.form(text, **more), headers=SCRIPT)
        if answer.status_code == 200:
            self.version = answer["Okno-Draft-Version"]
        return answer

    def post(self, name, text, **more):
        return self.browser.post(f"{self.path}{name}", self.form(text, **more))
