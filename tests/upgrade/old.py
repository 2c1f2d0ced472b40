"""Fills an empty database as the older version would have: `python -m tests.upgrade.old COUNT`.

Its tables are made by the migrations of that time and written through the models that these
describe: nothing of the present code is asked. Tokens are texts that it made with this key.
"""

import hashlib
import sys
from datetime import timedelta
from typing import Any

import django
from django.contrib.auth.hashers import make_password
from django.utils import timezone

KEY = "an-installation-of-an-older-version-0123456789abcdef"
VISITOR_ADDRESS = "visitor:2:abababababababababababababababab"
VISITOR = (
    "WzIsICJ2aXNpdG9yOjI6YWJhYmFiYWJhYmFiYWJhYmFiYWJhYmFiYWJhYmFiYWIiLCAiYW5vbnltb3VzIiwgIiIsICIiL"
    "CAwXQ.0699a46b482d19ec786bd6d25eb0664c"
)
THREAD_KEY = "ed63e070b48f6b400f689a5efe6da3a7"
REQUEST = "/request/1/1-92806acadbf465b5ff1670b6649b234b/"
REQUEST_ROOT = "form:0b7e0c0c-5f3e-4b9b-9d0a-5a1d6c1f2e3a:2d711642b726b044"
SENT_MARK = "1-2adb3104319f65e743e94889da2991f7"
REPLY = "support+2.e3f80a0ba4893dc5ccb390e7948b169b@okno.example"
TOKEN, LINK = "okno_abcdefgh_a_token_of_an_older_version", "a-link-of-an-older-version"
PASSWORD = "correct horse battery"
CHAT_KEY, FORM_KEY = "chat-of-an-older-version", "form-of-an-older-version"
LETTER = (
    f"From: Dan <dan@client.example>\r\nTo: {REPLY}\r\nSubject: Re: Old order\r\n"
    "Message-ID: <late@client.example>\r\n\r\nA letter that waited\r\n"
).encode()
READERS = ("channels.outbox", "desk.search", "desk.search_contacts", "desk.search_unsent",
           "desk.tallies", "email.sent_copy")  # fmt: skip
IN_A_CONVERSATION = 4


class Old:
    """Rows of the older version's tables."""

    def __init__(self, apps: Any) -> None:
        self.apps = apps
        self.now = timezone.now()
        self.events: list[Any] = []

    def make(self, name: str, /, **values: Any) -> Any:
        return self.apps.get_model(name).objects.create(**values)

    def told(self, name: str, subject: int, /, kind: str = "conversation", **data: Any) -> None:
        event = self.apps.get_model("spine.Event")
        self.events.append(
            event(name=name, subject_type=kind, subject_id=subject, actor_type="system",
                  via="old", at=self.now, data={kind: subject, **data})
        )  # fmt: skip

    def people(self) -> None:
        self.team = self.make("access.Team", name="Support")
        user = self.make(
            "access.User", email="alice@okno.example", password=make_password(PASSWORD)
        )
        self.agent = self.make("access.Agent", user=user, name="Alice", role="admin")
        self.agent.teams.add(self.team)
        digest = lambda text: hashlib.sha256(text.encode()).hexdigest()  # noqa: E731 - used twice
        self.make("access.ApiToken", agent=self.agent, prefix=TOKEN[:12], digest=digest(TOKEN),
                  scopes=["admin"])  # fmt: skip
        self.make("access.PasswordLink", user=user, purpose="recovery", digest=digest(LINK),
                  expires_at=self.now + timedelta(hours=1))  # fmt: skip

    def channels(self) -> None:
        kinds = (("email", "letters"), ("widget", CHAT_KEY), ("form", FORM_KEY))
        self.mail, self.chat, self.form = (
            self.make("desk.Channel", kind=kind, name=kind.title(), public_key=key, team=self.team,
                      address="support@okno.example" if kind == "email" else "")
            for kind, key in kinds
        )  # fmt: skip
        dan = self.make("contacts.Contact", name="Dan")
        self.dan = self.make("contacts.Identity", contact=dan, kind="email",
                             address="dan@client.example")  # fmt: skip
        guest = self.make("contacts.Contact", name="Guest")
        self.guest = self.make("contacts.Identity", contact=guest, kind="widget",
                               address=VISITOR_ADDRESS)  # fmt: skip

    def conversation(self, channel: Any, identity: Any, subject: str, **more: Any) -> Any:
        more = {"status": "open", "waiting_since": self.now, "team": self.team, **more}
        found = self.make("desk.Conversation", channel=channel, requester=identity.contact,
                          identity=identity, subject=subject, **more)  # fmt: skip
        self.told("conversation.opened", found.pk, channel=channel.pk, direction="in",
                  requester=identity.contact_id, is_quiet=False)  # fmt: skip
        return found

    def message(self, talk: Any, text: str, direction: str = "in", **more: Any) -> Any:
        writer = {"identity": talk.identity, "contact": talk.requester}
        if direction == "out":
            writer = {"agent": self.agent}
        made = self.make("desk.Message", conversation=talk, direction=direction, text=text,
                         **{**writer, **more})  # fmt: skip
        name = "message.received" if direction == "in" else "message.queued"
        self.told(name, talk.pk, message=made.pk, channel=talk.channel_id)
        return made

    def desk(self) -> None:
        # Number 1 is the request and number 2 the letter that the tokens above name.
        request = self.conversation(self.form, self.dan, "Old request")
        form = self.make("channels.Inbound", channel=self.form, external_id=REQUEST_ROOT, size=0,
                         sha256="0", state="done")  # fmt: skip
        self.message(request, "What I filled in", external_id=REQUEST_ROOT, inbound_id=form.pk)
        letter = self.conversation(self.mail, self.dan, "Old order", priority=4)
        self.message(letter, "Where is my order?", external_id="<first@client.example>")
        self.make("desk.Draft", conversation=letter, agent=self.agent, text="A draft half done")
        self.make("desk.View", name="Urgent ones", owner=self.agent,
                  conditions=[{"name": "priority", "operator": "is", "value": [4]}])  # fmt: skip
        visit = {"visit": {"page": "https://a.example/"}}
        chat = self.conversation(self.chat, self.guest, "", thread_key=THREAD_KEY, fields=visit)
        self.message(chat, "Hello from the chat")
        sent = self.message(chat, "An answer that was sent", direction="out")
        self.make("desk.Delivery", message=sent, address=VISITOR_ADDRESS, state="sent")
        waiting = self.message(chat, "An answer that waits", direction="out")
        self.make("desk.Delivery", message=waiting, address=VISITOR_ADDRESS, state="queued")
        self.make("spine.Job", name="channels.deliver", key=f"deliver:{waiting.pk}",
                  args={"message_id": waiting.pk}, lane=f"channel:{self.chat.pk}",
                  run_at=self.now, created_at=self.now)  # fmt: skip
        raw = self.make("channels.Inbound", channel=self.mail, external_id="<late@client.example>",
                        sha256=hashlib.sha256(LETTER).hexdigest(), size=len(LETTER), body=LETTER,
                        meta={"sender": "dan@client.example", "recipients": [REPLY]})  # fmt: skip
        self.make("spine.Job", name="channels.read", key=f"read:{raw.pk}", is_local=True,
                  args={"inbound_id": raw.pk}, run_at=self.now, created_at=self.now)  # fmt: skip
        asleep = self.conversation(self.mail, self.dan, "Asleep", snoozed_until=self.now)
        self.message(asleep, "Later, please")
        done = self.conversation(self.mail, self.dan, "Done", status="solved", waiting_since=None)
        self.message(done, "Thank you")
        for name, talk in (("conversation.wake", asleep), ("conversation.close", done)):
            self.make("spine.Schedule", name=name, key=f"{name}:{talk.pk}",
                      args={"number": talk.pk}, due_at=self.now)  # fmt: skip

    def many(self, count: int) -> None:
        """So many messages more, in bulk."""
        Talk, Message = (self.apps.get_model(f"desk.{n}") for n in ("Conversation", "Message"))
        talks = Talk.objects.bulk_create(
            (
                Talk(channel=self.mail, requester=self.dan.contact, identity=self.dan,
                     subject=f"Old letter {n}", team=self.team, status="solved",
                     fields={"visit": {"page": f"https://a.example/{n}"}, "order": n})
                for n in range(count // IN_A_CONVERSATION)
            ),
            batch_size=500,
        )  # fmt: skip
        made = Message.objects.bulk_create(
            (
                Message(conversation=talk, direction="in", identity=self.dan, text=f"Words {n}",
                        contact=self.dan.contact)
                for talk in talks
                for n in range(IN_A_CONVERSATION)
            ),
            batch_size=500,
        )  # fmt: skip
        for message in made:
            self.told("message.received", message.conversation_id, message=message.pk,
                      channel=self.mail.pk)  # fmt: skip

    def log(self) -> None:
        event = self.apps.get_model("spine.Event")
        event.objects.bulk_create(self.events, batch_size=500)
        last = event.objects.order_by("-id").values_list("id", flat=True)[0]
        for reader in READERS:
            self.make("spine.Cursor", reader=reader, last_id=last)


def main(count: int) -> None:
    """Make the tables of then, fill them, and say how far the log goes."""
    django.setup()
    from django.db import connection, transaction
    from django.db.migrations.executor import MigrationExecutor

    from tests.upgrade.names import TARGETS

    executor = MigrationExecutor(connection)
    executor.migrate(TARGETS)
    old = Old(executor.loader.project_state(TARGETS).apps)
    with transaction.atomic():
        old.people()
        old.channels()
        old.desk()
        old.many(count)
        old.log()
    print(len(old.events))


if __name__ == "__main__":
    main(int(sys.argv[1]))
