"""Quotations and signatures as the mail programs of the world write them; all texts are ours."""

from __future__ import annotations

import pytest

from okno.kit import htmltext
from okno.kit.mail import parse, reply_text

OWN = "Добрый день!\n\nСчёт так и не пришёл, пришлите ещё раз."
QUOTE = "> Здравствуйте!\n> Счёт отправлен вчера.\n>\n> Отдел продаж «Ромашка»"
ASK = "Hello,\n\nthe lamp still blinks."
TAIL = "Dear Sir,\nwe sent the parcel on Monday.\n\nLamp Works"

# What stands between the own text and the letter it answers, as each program writes it.
MARKERS_ABOVE_QUOTES = {
    "gmail ru": "пн, 5 окт. 2026 г. в 12:30, Ромашка <sales@romashka.example>:",
    "gmail ru long": "понедельник, 5 октября 2026 г. пользователь Ромашка "
    "<sales@romashka.example>\nнаписал:",
    "gmail ru user": "5 октября 2026 г., 12:30 пользователь Ромашка <sales@lamps.example> написал:",
    "apple ru": "5 окт. 2026 г., в 12:30, Ромашка <sales@romashka.example> написал(а):",
    "yandex": '05.10.2026, 12:30, "Ромашка" <sales@romashka.example>:',
    "yandex new": "12:30, 5 октября 2026 г., Ромашка <sales@romashka.example>:",
    "mail.ru": "Понедельник, 5 октября 2026, 12:30 +03:00 от Ромашка <sales@romashka.example>:",
    "mail.ru small": "понедельник, 5 октября 2026 г., 12:30 +03:00 от sales@romashka.example:",
    "thunderbird ru": "05.10.2026 12:30, Ромашка пишет:",
    "thunderbird ru long": "5 октября 2026 12:30:11 GMT+03:00, Лампы <sales@lamps.example> пишет:",
    "roundcube ru": "Ромашка писал 2026-10-05 12:30:",
    "roundcube ru 2": "Ромашка писал(а) 05.10.2026 12:30:",
    "the bat": "Вы писали 5 октября 2026 г., 12:30:29:",
    "forum": "Пользователь Ромашка писал(а):",
    "rambler": "Понедельник, 5 октября 2026, 12:30 +03:00, Лампы <sales@lamps.example> написал:",
    "gmail uk": "пн, 5 жовт. 2026 р. о 12:30 Ромашка <sales@romashka.example> пише:",
    "apple uk": "5 жовт. 2026 р. о 12:30 Ромашка <sales@romashka.example> написав(ла):",
    "gmail en": "On Mon, Oct 5, 2026 at 12:30 PM Daisy Sales <sales@romashka.example> wrote:",
    "gmail en wrapped": "On Mon, Oct 5, 2026 at 12:30 PM Daisy Sales and Service <\n"
    "sales@romashka.example> wrote:",
    "apple en": "On 5 Oct 2026, at 12:30, Daisy Sales <sales@romashka.example> wrote:",
    "thunderbird en": "On 05.10.2026 12:30, Daisy Sales wrote:",
    "thunderbird de": "Am 05.10.26 um 12:30 schrieb Daisy Sales:",
    "gmail de": "Am Mo., 5. Okt. 2026 um 12:30 Uhr schrieb Daisy Sales <\nsales@romashka.example>:",
    "gmail fr": "Le lun. 5 oct. 2026 à 12:30, Daisy Sales <sales@romashka.example> a écrit :",
    "gmail es": "El lun, 5 oct 2026 a las 12:30, Daisy Sales (<sales@romashka.example>) escribió:",
    "gmail pt": "Em seg., 5 de out. de 2026 às 12:30, Daisy <sales@romashka.example> escreveu:",
    "gmail it": "Il giorno lun 5 ott 2026 alle ore 12:30 Daisy <a@lamps.example> ha scritto:",
    "gmail nl": "Op ma 5 okt 2026 om 12:30 schreef Daisy <sales@romashka.example>:",
    "gmail pl": "pon., 5 paź 2026 o 12:30 Daisy <sales@romashka.example> napisał(a):",
    "gmail cs": "po 5. 10. 2026 v 12:30 odesílatel Daisy <sales@romashka.example> napsal:",
    "gmail sv": "Den mån 5 okt. 2026 kl 12:30 skrev Daisy <sales@romashka.example>:",
    "gmail tr": "Daisy <sales@romashka.example>, 5 Eki 2026 Pzt, 12:30 tarihinde şunu yazdı:",
}

# The same in shorter form, from all over the world.
MORE_MARKERS = [
    "On 11-Apr-2011, at 6:54 PM, Bob Lunin <bob@xample.com> wrote:",
    "On 04/19/2011 07:10 AM, Bob Lunin wrote:",
    "2011/4/19 Bob <bob@lamps.example>",
    "04/19/2011 10:14 - Bob wrote:",
    "Le 23 janv. 2015 à 22:03, Bob <b@lamps.example> a écrit:",
    "Vào 14:24 8 tháng 6, 2017, Hùng <h@xxlamps.example> đã viết:",
    "Den 24 februari 2015 07:10 skrev Bob <b@lamps.example>:",
    "--- On Tue, 5/10/10, Bob <b@lamps.example> wrote:",
    "On Tue, 2015-11-02 at 10:20 +0100, Bob wrote:",
    "Quoting Bob <b@lamps.example>:",
    "Bob wrote:",
    "Bob <b@lamps.example> wrote:",
    "Bob Lunin <b@lamps.example> schrieb:",
    "At 10:20 AM 5/10/2026, Bob wrote:",
    "Citando Bob <b@lamps.example>:",
    "> On 5 Oct 2026, at 12:30, Bob <b@lamps.example> wrote:",
    "Am 5. Oktober 2026 12:30:11 MESZ schrieb Bob <b@lamps.example>:",
    "Il 05/10/2026 12:30, Bob ha scritto:",
    "El 05/10/2026 a las 12:30, Bob escribió:",
    "Em 05/10/2026 12:30, Bob escreveu:",
    "W dniu 05.10.2026 o 12:30, Bob pisze:",
    "Op 05-10-2026 om 12:30 schreef Bob:",
    "5.10.2026 12:30, Bob kirjoitti:",
    "ke 5. lokak. 2026 klo 12.30 Bob (b@lamps.example) kirjoitti:",
    "Bob ezt írta (időpont: 2026. okt. 5., H, 12:30):",
    "2026年10月5日(月) 12:30 Bob <b@lamps.example>:",
    "Bob <b@lamps.example> 于2026年10月5日周一 12:30写道：",
    "В Пн, 05/10/2026 в 12:30 +0300, Боб пишет:",
    "05.10.2026 в 12:30, Боб написал:",
    "05 окт. 2026 г., 12:30 +0300, Боб <b@lamps.example>, писал:",
    "5 октября 2026 г. 12:30:11 GMT+03:00, Боб <b@lamps.example> пишет:",
    "Боб <b@lamps.example> писал(а) в своём письме Mon, 05 Oct 2026 12:30:00 +0300:",
    'On 5 Oct 2026 12:30, "Bob" <b@lamps.example> wrote:',
    "Отправлено: 05.10.2026 12:30 Боб писал:",
    "În lun., 5 oct. 2026 la 12:30, Bob <b@lamps.example> a scris:",
    "Στις Δευ 5 Οκτ 2026 στις 12:30 μ.μ., ο Bob <b@lamps.example> έγραψε:",
    "בתאריך יום ב׳, 5 באוק׳ 2026 ב-12:30 מאת Bob <b@lamps.example>:",
    "На пн, 5.10.2026 г. в 12:30 Bob <b@lamps.example> написа:",
    "Dana 5. 10. 2026. 12:30 Bob <b@lamps.example> je napisao:",
    "пн, 5 кас 2026 у 12:30 Bob <b@lamps.example> піша:",
    "On 2026-10-05 12:30, Bob wrote:",
    "Am Montag, den 05.10.2026, 12:30 +0200 schrieb Bob:",
]


BLOCKS_ABOVE_PLAIN = {
    "outlook en": "-----Original Message-----\nFrom: Lamp Works <help@lamps.example>\n"
    "Sent: Monday, October 5, 2026 12:30 PM\nTo: Ann\nSubject: Your lamp",
    "outlook new en": "________________________________\nFrom: Lamp Works <help@lamps.example>\n"
    "Sent: Monday, October 5, 2026 12:30 PM\nTo: Ann\nSubject: Your lamp",
    "outlook bare": "From: Lamp Works <help@lamps.example>\nSent: Monday, October 5, 2026 12:30\n"
    "To: Ann <ann@home.example>\nSubject: Your lamp",
    "outlook bold": "*From:* Lamp Works <help@lamps.example>\n*Sent:* Monday, October 5, 2026\n"
    "*To:* Ann\n*Subject:* Your lamp",
    "outlook ru": "-----Исходное сообщение-----\nОт: Лампы <help@lamps.example>\n"
    "Отправлено: 5 октября 2026 г. 12:30\nКому: Анна\nТема: Ваша лампа",
    "outlook ru 2": "-----Original Message-----\nОт: Лампы [mailto:help@lamps.example]\n"
    "Отправлено: понедельник, 5 октября 2026 г. 12:30\nКому: Анна\nТема: Ваша лампа",
    "outlook ru bare": "От: Лампы <help@lamps.example>\nОтправлено: понедельник, 5 октября 2026 г."
    "\nКому: Анна\nТема: Ваша лампа",
    "outlook ru copy": "От: Лампы <help@lamps.example>\nДата: понедельник, 5 октября 2026 г.\n"
    "Кому: Анна\nКопия: Борис\nТема: Ваша лампа",
    "outlook uk": "Від: Лампи <help@lamps.example>\nНадіслано: 5 жовтня 2026 р. 12:30\n"
    "Кому: Ганна\nТема: Ваша лампа",
    "mail.ru forward": "-------- Пересылаемое сообщение --------\nОт: Лампы <help@lamps.example>\n"
    "Кому: Анна\nДата: Понедельник, 5 октября 2026, 12:30 +03:00\nТема: Ваша лампа",
    "yandex forward": "-------- Пересылаемое сообщение --------\n05.10.2026, 12:30, Лампы "
    "<help@lamps.example>:",
    "apple ru forward": "Начало переадресованного сообщения:\n\nОт: Лампы <help@lamps.example>\n"
    "Дата: 5 октября 2026 г., 12:30:11 GMT+3\nКому: Анна\nТема: Ваша лампа",
    "thunderbird ru forward": "-------- Перенаправленное сообщение --------\nТема: Ваша лампа\n"
    "Дата: Mon, 5 Oct 2026 12:30\nОт: Лампы <help@lamps.example>\nКому: Анна",
    "gmail forward": "---------- Forwarded message ---------\nFrom: Lamps <help@lamps.example>\n"
    "Date: Mon, Oct 5, 2026\nSubject: Your lamp\nTo: Ann",
    "gmail ru forward": "---------- Forwarded message ---------\nОт: Лампы <help@lamps.example>\n"
    "Date: пн, 5 окт. 2026 г. в 12:30\nSubject: Ваша лампа\nTo: Анна",
    "outlook de": "-----Ursprüngliche Nachricht-----\nVon: Lampen <help@lamps.example>\n"
    "Gesendet: Montag, 5. Oktober 2026\nAn: Anna\nBetreff: Lampe",
    "outlook de bare": "Von: Lampen <help@lamps.example>\nGesendet: Montag, 5. Oktober 2026\n"
    "An: Anna\nBetreff: Lampe",
    "outlook fr": "De : Lampes <help@lamps.example>\nEnvoyé : lundi 5 octobre 2026 12:30\n"
    "À : Anne\nObjet : Lampe",
    "outlook es": "De: Lámparas <help@lamps.example>\nEnviado el: lunes, 5 de octubre de 2026\n"
    "Para: Ana\nAsunto: Lámpara",
    "lotus": '----- Original Message -----\nFrom: "Lamps" <help@lamps.example>\n'
    "To: <ann@home.example>\nSent: Monday, October 05, 2026 12:30 PM\nSubject: lamp",
    "zoho": "---- On Mon, 05 Oct 2026 12:30:11 +0300 Lamps <help@lamps.example> wrote ----",
    "phone": "-------- Original message --------\nFrom: Lamps <help@lamps.example>\n"
    "Date: 05/10/2026 12:30 (GMT+03:00)\nTo: Ann\nSubject: lamp",
    "samsung ru": "-------- Исходное сообщение --------\nОт: Лампы <help@lamps.example>\n"
    "Дата: 05.10.2026 12:30 (GMT+03:00)\nКому: Анна\nТема: лампа",
    "proton": "------- Original Message -------\nOn Monday, October 5th, 2026 at 12:30, Lamps "
    "<help@lamps.example> wrote:",
}

SIGNATURES = [
    "-- \nАнна Лунина\nООО «Окошко»",
    "--\nAnn Moon\nLighthouse Ltd\n+44 1234",
    "Отправлено с iPhone",
    "Отправлено с моего iPhone",
    "Отправлено из мобильной Почты Mail.ru",
    "Отправлено из Mail.ru для Android",
    "Отправлено из мобильного приложения Яндекс Почты",
    "Отправлено из Почты для Windows",
    "Отправлено из Outlook для Android",
    "Отправлено с устройства Galaxy",
    "Отправлено со смартфона Samsung Galaxy.",
    "-- \nОтправлено из myMail для iOS",
    "Надіслано з iPhone",
    "Sent from my iPhone",
    "Sent from my Galaxy",
    "Sent from Outlook for Android <https://go.example/x>",
    "Get Outlook for iOS<https://go.example/y>",
    "Sent with Spark",
    "Von meinem iPhone gesendet",
    "Gesendet mit der GMX Mail App",
    "Envoyé de mon iPhone",
    "Enviado desde mi iPhone",
    "Inviato da iPhone",
    "Verzonden vanaf mijn iPhone",
    "С уважением,\nАнна Лунина",
    "С уважением, Анна Лунина\nООО «Окошко»\nтел. +7 900 000-00-00",
    "--\nС уважением,\nАнна",
    "С уважением,\nАнна\n\nОтправлено с iPhone",
    "З повагою,\nГанна",
]


@pytest.mark.parametrize("program", MARKERS_ABOVE_QUOTES)
def test_text_above_marked_quotation(program: str) -> None:
    marker = MARKERS_ABOVE_QUOTES[program]
    assert reply_text(f"{OWN}\n\n{marker}\n\n{QUOTE}\n") == OWN
    assert reply_text(f"{OWN}\n{marker}\n{QUOTE}\n") == OWN


@pytest.mark.parametrize("marker", MORE_MARKERS)
def test_text_above_marked_quotation_elsewhere(marker: str) -> None:
    assert reply_text(f"{OWN}\n\n{marker}\n\n{QUOTE}\n") == OWN
    assert reply_text(f"{OWN}\n{marker}\n{QUOTE}\n") == OWN


@pytest.mark.parametrize("program", MARKERS_ABOVE_QUOTES)
def test_text_below_marked_quotation(program: str) -> None:
    marker = MARKERS_ABOVE_QUOTES[program]
    assert reply_text(f"{marker}\n\n{QUOTE}\n\n{OWN}\n") == OWN


@pytest.mark.parametrize("program", MARKERS_ABOVE_QUOTES)
def test_answers_between_quotations_stay(program: str) -> None:
    marker = MARKERS_ABOVE_QUOTES[program]
    result = reply_text(
        f"{marker}\n> Цвет?\nСиний.\n> Размер?\n\nСорок второй.\n\n> Спасибо за ответы.\n"
    )
    assert "Синий." in result and "Сорок второй." in result
    assert marker not in result


@pytest.mark.parametrize("program", BLOCKS_ABOVE_PLAIN)
def test_text_above_unmarked_quotation(program: str) -> None:
    assert reply_text(f"{ASK}\n\n{BLOCKS_ABOVE_PLAIN[program]}\n\n{TAIL}\n") == ASK


@pytest.mark.parametrize("program", BLOCKS_ABOVE_PLAIN)
def test_forward_without_own_words_is_kept(program: str) -> None:
    assert "we sent the parcel on Monday" in reply_text(f"{BLOCKS_ABOVE_PLAIN[program]}\n\n{TAIL}")


@pytest.mark.parametrize("signature", SIGNATURES)
def test_signature_at_the_end(signature: str) -> None:
    assert reply_text(f"{OWN}\n\n{signature}\n") == OWN


@pytest.mark.parametrize("signature", SIGNATURES)
def test_signature_above_a_quotation(signature: str) -> None:
    marker = MARKERS_ABOVE_QUOTES["yandex"]
    assert reply_text(f"{OWN}\n\n{signature}\n\n{marker}\n{QUOTE}\n") == OWN
    block = BLOCKS_ABOVE_PLAIN["outlook ru bare"]
    assert reply_text(f"{OWN}\n\n{signature}\n\n{block}\n\n{TAIL}\n") == OWN


@pytest.mark.parametrize("signature", SIGNATURES)
def test_signature_below_a_quotation(signature: str) -> None:
    marker = MARKERS_ABOVE_QUOTES["mail.ru"]
    assert reply_text(f"{OWN}\n\n{marker}\n{QUOTE}\n\n{signature}\n") == OWN


@pytest.mark.parametrize(
    "text",
    [
        "Вчера в 12:30 мастер написал:\nприду завтра.\n\nНо не пришёл.",
        "Коллега пишет:\nне работает кнопка.\n\nЯ тоже так думаю.",
        "Отправлено с ошибкой: деньги списались дважды.\n\nВерните, пожалуйста.",
        "Отправлено из Москвы 5 октября, до сих пор не доставлено.",
        "From: Berlin\nTo: Paris\nDate: 5 May\n\nHow much is the ticket?",
        "Адрес доставки:\nКому: Ивановой\nОт: склада\n\nКогда приедет?",
        "С уважением отношусь к вашей работе, но лампа мигает.",
        "С уважением,\nАнна\n\nP.S. Забыла спросить: можно ли вернуть лампу?",
        "С уважением,\nАнна\n\nИ ещё вопрос: сколько стоит доставка во Владивосток и когда?",
        "Steps:\n\n--\n\n1. open\n2. close\n" + "\n".join(f"{n}. again" for n in range(3, 20)),
        "Выдаёт:\n```\n> build\n--\nFrom: x\n```\nЧто делать?",
        "a -> b\n5 > 3, верно?",
        "On Monday I wrote:\nplease help\n\nand nobody did.",
        "Sent from the warehouse yesterday, still not here.\n\nWhere is it?",
        "| Цвет | Размер |\n| синий | 42 |",
    ],
)
def test_own_words_that_look_like_marks(text: str) -> None:
    assert reply_text(text) == text


def test_only_a_quotation_is_all_there_is() -> None:
    assert reply_text("> Спасибо!\n") == "> Спасибо!"
    assert reply_text("") == ""
    assert reply_text("\n\n") == ""


def test_bat_quotes_with_initials() -> None:
    text = (
        "Здравствуйте, Анна.\n\nВы писали 5 октября 2026 г., 12:30:29:\n\nАЛ> Где счёт?\n\nВот он."
    )
    assert "Вот он." in reply_text(text)
    assert reply_text("Готово.\n\nВы писали 5 октября 2026 г.:\n\nАЛ> Где счёт?\n") == "Готово."


def test_inline_answers_after_greeting() -> None:
    result = reply_text(
        'Отвечаю в тексте.\n\n05.10.2026, 12:30, "Лампы" <help@lamps.example>:\n'
        "> Какая модель?\nЛуна-2.\n\n> Когда куплена?\nВ мае.\n\n-- \nАнна"
    )
    for own in ("Отвечаю в тексте.", "Луна-2.", "В мае."):
        assert own in result
    assert "Анна" not in result


HTML_QUOTES = {
    "gmail": '<div dir="ltr">{own}</div><br><div class="gmail_quote"><div class="gmail_attr">'
    "пн, 5 окт. 2026 г. в 12:30, Лампы &lt;<a href='mailto:help@lamps.example'>"
    'help@lamps.example</a>&gt;:<br></div><blockquote class="gmail_quote">{old}</blockquote></div>',
    "yandex": '<div>{own}</div><div> </div><div>05.10.2026, 12:30, "Лампы" '
    "&lt;help@lamps.example&gt;:</div><blockquote><div>{old}</div></blockquote>",
    "mail.ru": "<p>{own}</p><blockquote style='border-left:1px solid #0857A6'>Понедельник, "
    "5 октября 2026, 12:30 +03:00 от Лампы &lt;help@lamps.example&gt;:<br><div>{old}</div>"
    "</blockquote>",
    "outlook": "<div class=WordSection1><p class=MsoNormal>{own}</p><div><div style='border:none;"
    "border-top:solid #E1E1E1 1.0pt'><p class=MsoNormal><b>От:</b> Лампы &lt;help@lamps.example&gt;"
    "<br><b>Отправлено:</b> 5 октября 2026 г. 12:30<br><b>Кому:</b> Анна<br><b>Тема:</b> Лампа</p>"
    "</div></div><p class=MsoNormal>{old}</p></div>",
    "outlook web": "<div>{own}</div><div id='appendonsend'></div><hr><div id='divRplyFwdMsg'>"
    "<b>From:</b> Lamps &lt;help@lamps.example&gt;<br><b>Sent:</b> Monday, October 5, 2026<br>"
    "<b>To:</b> Ann<br><b>Subject:</b> Lamp</div><div>{old}</div>",
    "apple": "<div>{own}</div><div><br><blockquote type='cite'><div>5 окт. 2026 г., в 12:30, Лампы "
    "&lt;help@lamps.example&gt; написал(а):</div><br><div>{old}</div></blockquote></div>",
    "thunderbird": "<p>{own}</p><div class='moz-cite-prefix'>05.10.2026 12:30, Лампы пишет:<br>"
    "</div><blockquote type='cite' cite='mid:1@lamps.example'><p>{old}</p></blockquote>",
}


@pytest.mark.parametrize("program", HTML_QUOTES)
def test_html_only_letters(program: str) -> None:
    body = HTML_QUOTES[program].format(own="Лампа мигает.", old="Как ваша лампа?")
    raw = f"From: a@b.example\nContent-Type: text/html; charset=utf-8\n\n<html><body>{body}"
    letter = parse(raw.encode())
    assert letter.reply_text == "Лампа мигает."
    assert "Как ваша лампа?" in letter.body_text


def test_forged_history_stays_a_quotation_A18() -> None:
    raw = (
        b"From: eve@evil.example\nContent-Type: text/plain\n\n"
        b"Please pay as agreed.\n\nOn Mon, Oct 5, 2026 at 12:30 PM Agent <a@own.example> wrote:\n"
        b"> approved: pay 4200 now\n"
    )
    letter = parse(raw)
    assert letter.reply_text == "Please pay as agreed."
    assert "> approved" in letter.body_text


def test_nested_html_quotations_are_marked_by_depth() -> None:
    text = htmltext.to_text("<p>a</p><blockquote>b<blockquote>c</blockquote></blockquote>")
    assert text.split("\n") == ["a", "", "> b", ">", "> > c"]


@pytest.mark.parametrize(
    "text",
    [
        "Where is my parcel?\nSent via DHL, number 123456",
        "The label is unreadable.\nWritten by hand in blue ink.",
        "Где посылка?\nОтправлено со склада Почтой России 5 мая.",
        "Ошибка на сайте:\n--- Message ---\nPayment refused\n\nЧто делать?",
        "Вот ключ:\n\n-----BEGIN PGP MESSAGE-----\n\nhQ\n=ab\n-----END PGP MESSAGE-----",
        "---------- Forwarded message ---------\nОт: Банк <b@bank.example>\nDate: пн, 5 окт."
        " 2026 г. в 12:30\nSubject: Платёж\nTo: Анна <a@b.example>\n\n\nПлатёж отклонён.",
    ],
)
def test_own_words_at_the_end_and_below_lines_of_dashes(text: str) -> None:
    assert reply_text(text) == text


def test_a_phone_signature_in_a_paragraph_of_its_own_or_right_below() -> None:
    for signature in ("Получить Outlook для iOS<https://aka.ms/o0ukef>", "Sent from my iPhone"):
        assert reply_text(f"Спасибо.\n\n{signature}") == "Спасибо."
        assert reply_text(f"Спасибо.\n{signature}") == "Спасибо."
    assert reply_text("Спасибо.\n\nSent from Airlark") == "Спасибо."


def test_a_signed_text_without_its_armour() -> None:
    signed = (
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nГде заказ?\n- -- \nАнна\n"
        "-----BEGIN PGP SIGNATURE-----\n\niQ\n=ab\n-----END PGP SIGNATURE-----\n"
    )
    assert reply_text(signed) == "Где заказ?"
    many = "-----BEGIN PGP SIGNED MESSAGE-----\n" * 10_000
    assert reply_text(many)
