"""Who wrote a letter, and whether a person waits: as the desk keeps it, as an agent sees it."""

import pytest

from okno.channels.email import threads
from okno.channels.email.tests.letters import passed, take, write
from okno.channels.models import Inbound
from okno.desk.actions import Body, reply, set_status
from okno.desk.models import Delivery, Message, Participant, Status


def our_id(world, conversation) -> str:
    answer = world.do(reply, world.bob, conversation, Body("Soon."))
    return threads.message_id(threads.Thread(conversation.pk), answer.pk, "okno.example")


MARIA = "Мария Клиентова <maria@client.example>"
FORM = {"From": "Сайт <wordpress@shop-site.example>", "Reply-To": MARIA}
CARRIERS = [
    FORM,
    {**FORM, "From": "noreply@shop-site.example"},
    {**FORM, "From": "Заявки с сайта <no-reply@tilda.example>"},
    {**FORM, "From": "Shop <info@shop-site.example>", "X-Mailer": "PHPMailer 6.9"},
    {**FORM, "From": "a@b.example", "X-PHP-Originating-Script": "33:form.php"},
    {**FORM, "From": "info@shop-site.example"},
    {**FORM, "From": "Форма обратной связи <a@shop-site.example>"},
    {**FORM, "From": "robot7@okno.example"},
    {**FORM, "From": "bob@okno.example"},
    {**FORM, "From": "www-data@web1.shop-site.example", "Auto-Submitted": ""},
    {**FORM, "From": "support@okno.example"},
    {**FORM, "From": "'Мария' via Support <support@okno.example>", "List-Id": "<s.okno.example>"},
    {**FORM, "From": "Maria via Help <help@lists.example>", "Precedence": "list"},
    {**FORM, "From": "support@okno.example", "Reply-To": f"support@okno.example, {MARIA}"},
]


@pytest.mark.parametrize("headers", CARRIERS, ids=lambda h: h["From"])
def test_a_contact_form_brings_the_client_in_Reply_To(world, headers):
    message = take(world.channel, write({**headers, "Authentication-Results": passed("b.example")}))
    assert (message.identity.address, message.level) == ("maria@client.example", "claimed")
    assert message.contact.name == "Мария Клиентова"
    assert any(n.startswith("carried_by:") and "@" in n for n in message.notices)
    assert not message.is_automatic and message.conversation.waiting_since is not None
    world.do(reply, world.bob, message.conversation, Body("It costs 5."))
    assert Delivery.objects.get().address == "maria@client.example"


def test_a_letter_of_a_contact_form_from_practice(world, shared_data):
    raw = (shared_data / "cases" / "04-reply-to-contact-form.eml").read_bytes()
    message = take(world.channel, raw)
    assert message.identity.address == "maria@client.example"
    assert message.notices == ["carried_by:Сайт <wordpress@shop-site.example>"]


def test_a_person_who_wants_answers_elsewhere_stays_the_sender(world):
    message = take(world.channel, write({"Reply-To": "Dan at home <dan@home.example>"}))
    assert message.identity.address == "dan@client.example"
    assert message.notices == ["answers_elsewhere"]
    (offered,) = Participant.objects.all()
    assert (offered.identity.address, offered.is_confirmed) == ("dan@home.example", False)


def test_an_office_that_answers_from_another_of_its_addresses_is_no_form(world):
    given = {"From": "info@firm.example", "Reply-To": "ann@firm.example"}
    message = take(world.channel, write(given))
    assert message.identity.address == "info@firm.example"


@pytest.mark.parametrize(
    "reply_to", ["dan@client.example", "support@okno.example", "noreply@x.example"]
)
def test_an_idle_Reply_To_changes_nothing(world, reply_to):
    message = take(
        world.channel, write({"From": "Bot <wordpress@x.example>", "Reply-To": "noreply@x.example"})
    )
    assert message.identity.address == "wordpress@x.example"
    plain = take(world.channel, write({"Reply-To": reply_to.replace("noreply@x", "dan@client")}))
    assert (plain.identity.address, plain.notices) == ("dan@client.example", [])


def test_a_machine_that_names_another_address_is_still_a_machine(world):
    headers = {**FORM, "From": "notifications@hub.example", "Auto-Submitted": "auto-generated"}
    message = take(world.channel, write(headers))
    assert message.is_automatic and message.conversation.waiting_since is None


ODD = ["=?utf-8?q?Dan_=3Cdan=40client.example=3E?=", "Dan Brown dan@client.example"]


@pytest.mark.parametrize("sender", ODD)
def test_an_odd_From_is_claimed_and_can_be_answered_A06(world, sender):
    given = {"From": sender, "Authentication-Results": passed("client.example")}
    message = take(world.channel, write(given))
    assert (message.identity.address, message.level) == ("dan@client.example", "claimed")
    assert "bad_from" in message.notices
    world.do(reply, world.bob, message.conversation, Body("Hello"))
    assert Delivery.objects.get().address == "dan@client.example"


RULE = {
    "Auto-Submitted": "auto-generated",
    "X-MS-Exchange-Generated-Message-Source": "Mailbox Rules Agent",
    "X-MS-Exchange-Inbox-Rules-Loop": "boss@okno.example",
}
QUIET = [
    {"List-Id": "<support.okno.example>", "Precedence": "list"},
    {"X-Google-Group-Id": "7"},
    {"Precedence": "bulk"},
    {"X-Auto-Response-Suppress": "All"},
    RULE,
]


@pytest.mark.parametrize("headers", QUIET, ids=lambda h: next(iter(h)))
def test_a_person_waits_behind_a_list_a_group_or_a_rule(world, headers):
    first = take(world.channel, write(headers))
    conversation = first.conversation
    assert (first.is_automatic, first.no_automatic_answer) == (False, True)
    assert conversation.waiting_since is not None
    name = our_id(world, conversation)
    world.do(set_status, world.bob, conversation, Status.SOLVED)
    again = take(world.channel, write({**headers, "In-Reply-To": name}))
    conversation.refresh_from_db()
    assert again.conversation_id == conversation.pk
    assert (conversation.status, conversation.waiting_since is None) == (Status.OPEN, False)


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto-Submitted": "auto-replied"},
        {"Auto-Submitted": "auto-generated"},
        {"Subject": "Automatic reply: My order", "Precedence": "bulk"},
        {"Return-Path": "<>"},
    ],
    ids=lambda h: next(iter(h)),
)
def test_nobody_waits_for_an_answer_to_a_machine(world, headers):
    first = take(world.channel, write({}))
    conversation = first.conversation
    name = our_id(world, conversation)
    world.do(set_status, world.bob, conversation, Status.SOLVED)
    message = take(world.channel, write({**headers, "In-Reply-To": name}))
    conversation.refresh_from_db()
    assert (message.is_automatic, message.no_automatic_answer) == (True, True)
    assert conversation.status == Status.SOLVED
    plain = take(world.channel, write({}))
    assert (plain.is_automatic, plain.no_automatic_answer) == (False, False)


@pytest.mark.parametrize("case", ["06-google-groups-plain", "08-auto-submitted-forward-rule"])
def test_letters_of_people_from_practice(world, shared_data, case):
    message = take(world.channel, (shared_data / "cases" / f"{case}.eml").read_bytes())
    assert (message.is_automatic, message.no_automatic_answer) == (False, True)


def test_L5_a_letter_of_ours_that_a_client_redirects_to_us_is_shown(world):
    conversation = take(world.channel, write({})).conversation
    name = our_id(world, conversation)
    resent = {
        "Resent-From": "Dan <dan@client.example>",
        "Resent-To": "support@okno.example",
        "Resent-Message-ID": "<r1@client.example>",
        "From": "Bob <support@okno.example>",
        "Reply-To": threads.reply_address(threads.Thread(conversation.pk), "support@okno.example"),
        "To": "dan@client.example",
        "Message-ID": name,
    }
    message = take(world.channel, write(resent, "Our own words"))
    assert message.conversation_id == conversation.pk
    assert (message.identity.address, message.level) == ("dan@client.example", "claimed")
    assert "sent_back" in message.notices and message.external_id == ""
    stranger = {**resent, "Resent-From": "mallory@evil.example"}
    assert take(world.channel, write(stranger, "Our own words")).is_new_sender
    count = Message.objects.count()
    assert take(world.channel, write({**resent, "Resent-From": "support@okno.example"})) is None
    assert Inbound.objects.latest("pk").why == "own_letter"
    assert Message.objects.count() == count
