"""Visitors who write in the chat on a site, as its script does: one id until it is accepted."""

import re
import threading
import uuid
from collections import Counter
from dataclasses import dataclass

import httpx

from tests.ledger.product import Product

MARKER = re.compile(r"\b[a-z0-9]+-chat-\d{5}(?:-reply)?\b")
# Below what one visitor may write in a minute.
MOST_BY_ONE = 12
ITEMS = uuid.UUID("5a0c6f5e-7b1d-4c55-9a35-0f3c4b1f0b11")


def text_of(item: str) -> str:
    """What a visitor writes, with its marker."""
    return f"Good day, is it in stock? {item} ."


@dataclass
class _Visitor:
    token: str
    written: int = 0


class Chat:
    """The visitors of one run. Each message stays with the visitor who tried it first."""

    def __init__(self, product: Product) -> None:
        self._product = product
        self._visitors: list[_Visitor] = []
        self._by_item: dict[str, _Visitor] = {}
        self._lock = threading.Lock()

    def write(self, item: str) -> httpx.Response | None:
        """Hand one message over; its answer, None when there is no visitor to write it yet."""
        with self._client() as client:
            visitor = self._of(item, client)
            if visitor is None:
                return None
            body = {"id": str(uuid.uuid5(ITEMS, item)), "text": text_of(item)}
            return client.post("messages", json=body, headers=_bearer(visitor))

    def shown(self) -> Counter[str]:
        """How often each marker stands before the visitors' eyes, after a reload of all pages."""
        found: Counter[str] = Counter()
        with self._client() as client:
            for visitor in self._visitors:
                page = self._page(client, visitor)
                while page:
                    for message in page:
                        found.update(set(MARKER.findall(str(message["text"]))))
                    first = min(int(str(message["id"])) for message in page)
                    page = self._page(client, visitor, before=first)
        return found

    def _page(
        self, client: httpx.Client, visitor: _Visitor, **query: int
    ) -> list[dict[str, object]]:
        answer = client.get("messages", params=query, headers=_bearer(visitor))
        return list(answer.raise_for_status().json()["messages"])

    def _client(self) -> httpx.Client:
        question = "SELECT public_key FROM desk_channel WHERE kind = 'widget' ORDER BY id"
        key = self._product.database.rows(question)[0][0]
        url = f"{self._product.url}/chat/{key}/"
        return httpx.Client(base_url=url, timeout=20, trust_env=False)

    def _of(self, item: str, client: httpx.Client) -> _Visitor | None:
        with self._lock:
            if item in self._by_item:
                return self._by_item[item]
            if not self._visitors or self._visitors[-1].written >= MOST_BY_ONE:
                answer = client.post("session", json={})
                if not answer.is_success:
                    return None
                self._visitors.append(_Visitor(answer.json()["token"]))
            visitor = self._by_item[item] = self._visitors[-1]
            visitor.written += 1
            return visitor


def _bearer(visitor: _Visitor) -> dict[str, str]:
    return {"Authorization": f"Bearer {visitor.token}"}
