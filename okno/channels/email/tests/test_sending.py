"""R10 to R15 against the SMTP sink, in short form, and A20: what leaves is what was meant."""

import os
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from okno.access.system_mail import SystemEmail
from okno.channels.contract import Account, Outbound, Recipient
from okno.channels.email import smtp
from okno.channels.email.compose import compose
from okno.channels.email.system_mail import SmtpSystemMail
from okno.channels.email.tests.letters import answer, run_jobs, take, use, write
from okno.desk.actions import Body, change_channel, reply, send_again
from okno.desk.contract import Person
from okno.desk.models import Attempt, Delivery, Message
from okno.kit import clock, failpoint
from okno.kit.blobs import File
from okno.kit.mail import parse
from okno.kit.outcomes import Sent
from okno.spine import instants, queue
from okno.spine.models import Job
from tests.stands.dovecot import USERS, Dovecot
from tests.stands.imap_proxy import Cut, CutProxy
from tests.stands.smtp_sink import SmtpSink

EVIL = "a\r\nBcc: victim@x.example\r\n\r\nbody\n\x00"


@pytest.fixture
def sink():
    with SmtpSink() as sink:
        yield sink


@pytest.fixture
def world(world, sink, settings):
    settings.ENV = {**settings.ENV, "OKNO_RETRY_SCALE": 0, "OKNO_SMTP_URL": ""}
    use(world, sink.port)
    yield world
    failpoint.arm("")


def work(tries: int = 1) -> None:
    """Run the deliveries that are due, `tries` times over."""
    run_jobs()
    for _ in range(tries):
        Job.objects.update(run_at=clock.now())
        Delivery.objects.exclude(next_at=None).update(next_at=clock.now())
        for run in queue.claim(local=False, limit=50):
            queue.perform([run])
        run_jobs()


def states(message: Message) -> list[str]:
    return list(message.deliveries.order_by("pk").values_list("state", flat=True))


def test_a_reply_leaves_as_it_was_meant(world, sink):
    message = answer(world, "Готово, ваш заказ отправлен.")
    work()
    (mail,) = sink.mails
    assert (mail.sender, mail.recipients) == ("support@okno.example", ["dan@client.example"])
    letter = message_from_bytes(mail.raw, policy=policy.default)
    assert letter["In-Reply-To"] == letter["References"]
    assert "+" in letter["Reply-To"] and letter["From"].startswith("Bob")
    assert "Готово" in letter.get_body(("plain",)).get_content()
    assert states(message) == ["sent"]
    back = take(world.channel, write({"In-Reply-To": letter["Message-ID"]}))
    assert back.conversation_id == message.conversation_id and not back.is_new_sender


REFUSING = [
    {"at": "connect", "do": "refuse"},
    {"at": "banner", "do": "reply", "reply": "421 busy"},
    {"at": "banner", "do": "drop", "times": 1},
    {"at": "ehlo", "do": "drop", "times": 1},
    {"at": "mail", "do": "reply", "reply": "451 later", "times": 1},
    {"at": "mail", "do": "drop", "times": 1},
    {"at": "rcpt", "do": "drop", "times": 1},
    {"at": "data", "do": "reply", "reply": "421 bye", "times": 1},
    {"at": "data", "do": "drop", "times": 1},
    {"at": "dot", "do": "reply", "reply": "451 disk", "times": 1},
    {"at": "dot", "do": "reply", "reply": "421 bye", "times": 1},
]


def name_of(rule: dict) -> str:
    return f"{rule['at']}-{rule['do']}-{rule.get('reply', '')}"


@pytest.mark.parametrize("rule", REFUSING, ids=name_of)
def test_R10_R13_what_did_not_arrive_is_tried_again(world, sink, rule):
    sink.rules = [rule]
    message = answer(world)
    work()
    assert states(message) == ["queued"]
    assert Delivery.objects.get().error
    sink.rules = []
    work()
    assert states(message) == ["sent"]
    assert len(sink.mails) == 1
    outcomes = Attempt.objects.order_by("pk").values_list("outcome", flat=True)
    assert list(outcomes) == ["queued", "sent"]


def test_l6_a_letter_whose_next_try_lay_ahead_of_a_clock_set_back_goes_out(world, sink):
    """ "Still queued" for a day, when the clock was a day ahead at the first try."""
    sink.rules = [{"at": "mail", "do": "reply", "reply": "451 later", "times": 1}]
    with clock.moved(timedelta(days=1)):
        sent = answer(world)
        work()
        assert Delivery.objects.get(message=sent).state == "queued"
        tried_at = clock.now()
        next_at = tried_at + timedelta(seconds=60)
        Delivery.objects.update(changed_at=tried_at, next_at=next_at)
    assert instants.mend() > 0
    waiting = Delivery.objects.get(message=sent)
    assert timedelta(seconds=50) < waiting.next_at - clock.now() <= timedelta(seconds=60)
    with clock.moved(timedelta(seconds=65)):
        for run in queue.claim(local=False, limit=50):
            queue.perform([run])
    assert Delivery.objects.get(message=sent).state == "sent"


def test_R13_a_line_cut_within_the_letter(world, sink):
    """Noticed in time it is tried again, else uncertain; nothing has arrived."""
    sink.rules = [{"at": "body", "do": "drop", "after": 200, "times": 1}]
    message = answer(world)
    work()
    assert states(message)[0] in ("queued", "uncertain")
    assert sink.mails == []


def test_R12_greylisting_is_waited_out(world, sink):
    sink.rules = [{"at": "rcpt", "do": "greylist", "tries": 3}]
    message = answer(world)
    work(4)
    assert (states(message), len(sink.mails)) == (["sent"], 1)


@pytest.mark.parametrize(
    "rule",
    [
        {"at": "mail", "do": "reply", "reply": "550 5.7.1 not you"},
        {"at": "rcpt", "do": "reply", "reply": "550 5.1.1 No such user"},
        {"at": "data", "do": "reply", "reply": "554 5.7.0 no"},
        {"at": "dot", "do": "reply", "reply": "552 5.3.4 too big"},
    ],
    ids=lambda r: r["at"],
)
def test_R13_a_refusal_is_final_and_in_the_servers_words(world, sink, rule):
    sink.rules = [rule]
    message = answer(world)
    work(2)
    assert states(message) == ["failed"]
    assert rule["reply"][4:] in Delivery.objects.get().error
    assert len(sink.faults) == 1


def test_R13_only_the_failed_recipient_is_tried_again(world, sink):
    copies = [Person(f"{name}@client.example") for name in ("bad", "grey", "good")]
    sink.rules = [
        {"at": "rcpt", "do": "reply", "reply": "550 5.1.1 unknown", "rcpt": "bad@*"},
        {"at": "rcpt", "do": "reply", "reply": "451 later", "rcpt": "grey@*", "times": 1},
    ]
    message = answer(world, copies=copies)
    work()
    assert states(message) == ["sent", "failed", "queued", "sent"]
    work()
    assert states(message) == ["sent", "failed", "sent", "sent"]
    everyone = [r for mail in sink.mails for r in mail.recipients]
    assert sorted(everyone) == ["dan@client.example", "good@client.example", "grey@client.example"]
    ids = {message_from_bytes(mail.raw)["Message-ID"] for mail in sink.mails}
    assert len(ids) == 1


def test_R14_the_answer_to_the_final_dot_is_lost(world, sink):
    """Uncertain, never sent again by itself; a person may."""
    with CutProxy(sink.port) as proxy:
        use(world, proxy.port)
        count = 6
        messages = [answer(world) for _ in range(count)]
        proxy.cuts = [Cut(pattern=b"\r\n.\r\n", way="up", swallow=True) for _ in range(count)]
        work(3)
    assert [states(m) for m in messages] == [["uncertain"]] * count
    assert len(sink.mails) == count
    print(f"R14: n={count}, all uncertain, sent twice: 0")
    use(world, sink.port)
    world.do(send_again, world.bob, messages[0].deliveries.get())
    work()
    assert states(messages[0]) == ["sent"] and len(sink.mails) == count + 1


@pytest.mark.parametrize(
    ("reply", "state"), [("200 taken", "sent"), ("354 go on", "uncertain"), ("999 eh", "uncertain")]
)
def test_R14_an_odd_answer_to_the_final_dot_sends_nothing_twice(world, sink, reply, state):
    """RFC 5321 section 4.2.1: any 2yz is a yes; what is no answer is no refusal either."""
    sink.rules = [{"at": "dot", "do": "reply", "reply": reply, "record": True}]
    message = answer(world)
    work(3)
    assert states(message) == [state]
    assert len(sink.mails) == 1


@pytest.mark.parametrize(
    ("point", "after"),
    [
        ("outbox.after_claim", 1),
        ("smtp.before_data", 1),
        ("smtp.after_final_dot_before_reply", 1),
        ("smtp.after_reply_before_commit", 1),
    ],
)
@pytest.mark.parametrize("action", ["raise", "cut"])
def test_R02_a_fault_at_every_step_never_sends_twice(world, sink, point, action, after):
    failpoint.arm(f"{point}={action}")
    message = answer(world)
    work(3)
    assert len(sink.mails) <= after
    assert states(message) in (["sent"], ["uncertain"])
    assert states(message) == ["uncertain"] or len(sink.mails) == 1


def test_R15_a_sent_copy_that_fails_sends_nothing_again(world, sink):
    user, password = next(iter(USERS.items()))
    with Dovecot() as server, CutProxy(server.port) as proxy:
        given = {
            "imap_host": "127.0.0.1",
            "imap_port": proxy.port,
            "imap_security": "none",
            "imap_user": user,
            "sent_folder": "Отправленные",
        }
        use(world, sink.port, **given)
        world.do(change_channel, world.alice, world.channel, secrets={"imap_password": password})
        proxy.cuts = [Cut(after=0), Cut(after=400), Cut(pattern=b"Message-ID:", way="up")]
        failpoint.arm("sent_copy.before=cut")
        message = answer(world)
        work(7)
        copies = server.folder(user, "Отправленные")
        sent = [mail.raw.replace(b"\r\n", b"\n") for mail in sink.mails]  # as Maildir keeps it
        assert [letter.raw for letter in copies] == sent
        assert copies[0].flags == {"\\Seen"}
    assert (states(message), len(sink.mails)) == (["sent"], 1)


def outbound(**more) -> Outbound:
    values = {
        "message_id": 7,
        "conversation": 3,
        "subject": "Hi",
        "text": "Hello",
        "html": "",
        "author": "Bob",
        "signature": "",
        "created_at": clock.now(),
        "recipients": (Recipient(1, "dan@client.example", "Dan", False),),
        "to": (Person("dan@client.example", "Dan"),),
        "copies": (),
        "files": (),
        "references": (),
        "in_reply_to": "",
        **more,
    }
    return Outbound(**values)


def account(**more) -> Account:
    values = {"id": 1, "kind": "email", "name": "Support", "address": "support@okno.example"}
    return Account(**{**values, "settings": {}, "secrets": {}, **more})


INJECTED = [
    {"subject": EVIL},
    {"author": EVIL},
    {"to": (Person("dan@client.example", EVIL),)},
    {"copies": (Person("eve@client.example", EVIL),)},
    {"in_reply_to": f"<{EVIL}>", "references": (f"<{EVIL}>", "<a@b>")},
    {"files": (File(EVIL, "text/plain", b"x"),)},
    {"files": (File("a.txt", f"text/{EVIL}", b"x"),)},
    {"files": (File("a.png", "image/png", b"x", True, EVIL),), "html": "<p>x</p>"},
    {"signature": EVIL, "text": EVIL, "html": f"<p>{EVIL}</p>"},
    {"subject": "x" * 5000 + "я" * 5000, "author": "я" * 3000},
]


@pytest.mark.parametrize("values", INJECTED, ids=lambda v: "-".join(v))
def test_A20_only_the_headers_we_mean(values):
    _, raw = compose(outbound(**values), account(name=values.get("author", "Support")))
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"") and b"\0" not in raw
    letter = message_from_bytes(raw, policy=policy.compat32)
    allowed = {"from", "reply-to", "to", "cc", "subject", "date", "message-id", "in-reply-to"}
    allowed |= {"references", "content-type", "mime-version", "content-transfer-encoding"}
    inner = {"content-disposition", "content-id"}
    assert {name.lower() for name in letter} <= allowed
    assert all({n.lower() for n in part} <= allowed | inner for part in letter.walk())
    assert [p.defects for p in letter.walk() if p.defects] == []


def test_the_same_bytes_on_every_try():
    made = outbound(files=(File("счёт.pdf", "application/pdf", os.urandom(3000)),))
    assert compose(made, account()) == compose(made, account())


def test_file_names_and_inline_pictures_come_through():
    files = (
        File("Счёт № 5.pdf", "application/pdf", b"%PDF-1"),
        File("logo.png", "image/png", b"png", True, "logo"),
        File("letter.eml", "message/rfc822", b"Subject: x\r\n\r\n"),
    )
    _, raw = compose(outbound(files=files, html='<p><img src="cid:logo"></p>'), account())
    letter = message_from_bytes(raw, policy=policy.default)
    assert isinstance(letter, EmailMessage)
    names = [part.get_filename() for part in letter.walk() if part.get_filename()]
    assert sorted(names) == sorted(file.name for file in files)
    assert letter.get_content_type() == "multipart/mixed"


def test_an_address_outside_ASCII_needs_a_server_that_takes_it(world, sink):
    conversation = take(world.channel, write({"From": "почта@client.example"})).conversation
    message = world.do(reply, world.bob, conversation, Body("Hello"))
    work()
    assert states(message) == ["sent"]
    assert "почта@client.example".encode() in sink.mails[0].raw
    sink.rules = [{"at": "ehlo", "do": "hide", "name": "SMTPUTF8"}]
    message = world.do(reply, world.bob, conversation, Body("Hello"))
    work()
    assert states(message) == ["failed"]


def test_the_check_says_what_is_wrong(sink):
    def words(**settings) -> str:
        return smtp.check(account(settings={"smtp_security": "none", **settings})).text

    assert words(smtp_host="127.0.0.1", smtp_port=sink.port) == ""
    assert "127.0.0.1:1" in words(smtp_host="127.0.0.1", smtp_port=1)
    assert words(smtp_host="nowhere.invalid")


EXCHANGE = "<AM9PR04MB8907F3BB8D4C5B9A8E7D6C5B4A3A9@AM9PR04MB8907.eurprd04.prod.outlook.example>"
NAMES = [
    '"Long Name With Many Words That Goes On And On, And Then Some More Words Here To Fold It"',
    '"Sales office of the company with a very long name, boss@victim.example, and even more words"',
    '"boss@victim.example"',
    '"A <boss@victim.example>, B"',
    "=?utf-8?b?0J7RgtC00LXQuywgYm9zc0B2aWN0aW0uZXhhbXBsZSwg0LXRidGRINC4INC10YnRkQ==?=",
]


@pytest.mark.parametrize("name", NAMES)
def test_ids_stay_as_they_are_and_a_name_brings_no_address(world, sink, name):
    """Exchange Online makes ids of 80 characters and more; names are whatever their owner likes."""
    subject = "Не заказ №12345 от 3 ноября, жду уже две недели, когда будет доставка?"
    given = {"From": f"{name} <dan@client.example>", "Message-ID": EXCHANGE, "Subject": subject}
    came = take(world.channel, write(given))
    world.do(reply, world.bob, came.conversation, Body("Hello"))
    work()
    (mail,) = sink.mails
    raw = message_from_bytes(mail.raw, policy=policy.compat32)
    assert raw["In-Reply-To"].split() == raw["References"].split() == [EXCHANGE]
    letter = message_from_bytes(mail.raw, policy=policy.default)
    (to,) = letter["To"].addresses
    assert (to.addr_spec, to.display_name) == ("dan@client.example", came.contact.name)
    assert letter["Cc"] is None and mail.recipients == ["dan@client.example"]
    assert parse(mail.raw).subject == f"Re: {subject} [#{came.conversation_id}]"


@pytest.mark.parametrize(
    "case", ["01-outgoing-references-outlook", "03-long-quoted-name", "03b-name-injects-address"]
)
def test_answers_to_cases_from_practice(world, sink, shared_data, case):
    raw = (shared_data / "cases" / f"{case}.eml").read_bytes()
    came = take(world.channel, raw)
    world.do(reply, world.bob, came.conversation, Body("Hello"))
    work()
    letter = message_from_bytes(sink.mails[0].raw, policy=policy.default)
    assert letter["In-Reply-To"].strip() == parse(raw).message_id
    (to,) = letter["To"].addresses
    assert (to.display_name, to.addr_spec) == (came.contact.name, came.identity.address)


def test_a_letter_of_the_installation_keeps_its_blanks(sink, settings):
    settings.ENV = {**settings.ENV, "OKNO_SMTP_URL": f"smtp://127.0.0.1:{sink.port}"}
    subject = "Велобаза: мы получили ваше обращение и скоро ответим вам на него [#17]"
    given = SystemEmail("dan@client.example", subject, "Привет")
    assert isinstance(SmtpSystemMail().send(None, given, lambda: None), Sent)
    letter = message_from_bytes(sink.mails[0].raw, policy=policy.default)
    assert parse(sink.mails[0].raw).subject == subject
    assert letter.get_content().strip() == "Привет" and letter["Auto-Submitted"] == "auto-generated"
