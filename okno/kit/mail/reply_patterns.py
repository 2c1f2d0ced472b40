"""How mail programs mark quotations and signatures, by language. Every quantifier is bounded."""

from __future__ import annotations

import re

_MONTHS = (
    r"jan|feb|mar|mär|apr|may|mai|mag|jun|giu|jul|lug|aug|ago|août|sep|set|oct|okt|ott|out|nov|"
    r"dec|dez|dic|déc|gen|ene|avr|fév|juin|juil|maj|maart|mei|sty|lut|kwi|cze|lip|sie|wrz|paź|lis|"
    r"gru|янв|фев|мар|апр|ма[йя]|июн|июл|авг|сен|окт|ноя|дек|січ|лют|бер|кві|тра|чер|лип|сер|вер|"
    r"жов|лис|гру"
)
# A calendar day; a time alone is too common in people's own sentences.
DAY = re.compile(
    rf"\b\d{{4}}\s?[-/.年]\s?\d{{1,2}}|\b\d{{1,2}}[./-]\d{{1,2}}[./-]\d{{2,4}}|"
    rf"\b\d{{1,2}}(?:st|nd|rd|th)?\.?,?\s(?:de\s)?(?:{_MONTHS})[^\W\d]{{0,10}}|"
    rf"\b(?:{_MONTHS})[^\W\d]{{0,10}}\.?\s\d{{1,2}}\b",
    re.I,
)
TIME = re.compile(r"\b\d{1,2}[:.h]\d{2}\b")
ADDRESS = re.compile(r"[^\s<>()\[\]\"]{1,100}@[^\s<>()\[\]\"]{1,100}")
ENDS_WITH_ADDRESS = re.compile(
    r"(?:[^\s<>()\[\]\"]{1,100}@[^\s<>()\[\]\"]{1,100}|@\w{0,60})[\s>)\]]{0,6}[:：]$"
)
_VERBS = (
    r"wrote|writes|said|schrieb|schreibt|a écrit|écrit|ha scritto|escribió|escribio|escreveu|"
    r"schreef|het volgende geschreven|geschreven|skrev|napisał(?:a|\(a\))?|pisze|"
    r"napsal(?:a|\(a\))?|"
    r"napísal(?:a)?|kirjoitti|írta|yazdı|a scris|έγραψε|написа|viết|пишет|писал(?:а|и|\(а\))?|"
    r"написал(?:а|и|\(а\))?|пише|писав|писала|написав|написала|写道|寫道|のメッセージ|작성"
)
VERB = re.compile(rf"(?:\b|\s|^)(?:{_VERBS})(?!\w)", re.I)
VERB_AT_END = re.compile(rf"(?:{_VERBS})\s{{0,3}}(?:[:：]|-{{2,}})\s*-*$", re.I)
# "Вы писали 5 октября 2026 г., 12:30:" (The Bat!)
YOU_WROTE = re.compile(r"^(?:вы писали|you wrote|ви писали|sie schrieben|du schriebst)\b.*\d", re.I)
# "Пользователь X писал(а):" (forums, help desks)
USER_WROTE = re.compile(r"^пользователь\s.{1,150}(?:писал|написал|пишет)[^:]{0,8}:$", re.I)
STARTS = re.compile(
    r"^(?:-{2,}\s*)?(?:on|am|le|el|il|em|op|den|dnia|w dniu|dne|på|kl|pe|ha|în|στις|no dia|at|"
    r"mon|tue|wed|thu|fri|sat|sun|пн|вт|ср|чт|пт|сб|вс|в|во|пон\w*|втор\w*|сред\w*|четв\w*|"
    r"пятн\w*|субб\w*|воскр\w*|нд|середа|п.ятниця|неділя|\d{1,4}[\s./年:-]|在|\"?[^<]{1,80}<[^>\s]+@)",
    re.I,
)
_MESSAGE = (
    r"message|messages|mail|e-mail|email|nachricht|mitteilung|mensaje|mensagem|messaggio|bericht|"
    r"meddelande|melding|meddelelse|viesti|wiadomość|zpráva|správa|mesaj|appointment|сообщени[ея]|"
    r"письмо|повідомлення|лист|邮件|郵件|メッセージ"
)
SEPARATOR = re.compile(
    r"^(?=[\s*_]{0,4}[-–—_=]{2})[\s*_–—=-]++"
    rf"[^-\n]{{0,40}}?(?:{_MESSAGE})[^-\n]{{0,40}}?(?<![-–—_=])[-–—_=]{{2,}}+[\s*_]{{0,4}}$"
    r"|^(?:begin forwarded message|начало переадресованного сообщения|"
    r"начало пересылаемого сообщения|anfang der weitergeleiteten (?:nachricht|e-mail)|"
    r"début du message (?:transféré|réexpédié)|inizio messaggio inoltrato|"
    r"початок листа, що пересилається)\s?:$",
    re.I,
)
# A separator of these words alone is one only above a letter's fields.
BARE_SEPARATOR = re.compile(
    rf"^(?=[\s*_]{{0,4}}[-–—_=]{{2}})[\s*_–—=-]++(?:{_MESSAGE})\s?[-–—_=]{{2,}}[\s*_]{{0,4}}$", re.I
)
# "____" above the footer that a mailing list adds.
UNDERLINE = re.compile(r"^\s*_{10,}\s*$")
RULER = re.compile(r"^\s*(?:[-_=*—–]{3,}|-----)\s*$")
AUTHOR = re.compile(
    r"^\W{0,3}(?:from|von|de|da|van|från|fra|lähettäjä|od|от|від|от кого|gönderen|发件人|寄件者|"
    r"差出人)"
    r"\W{0,3}[:：]",
    re.I,
)
_WHEN = (
    r"sent|date|gesendet|datum|envoyé|envoyée|enviado(?: el)?|enviada(?: em)?|fecha|data|inviato|"
    r"verzonden|skickat|sendt|dato|lähetetty|päiväys|wysłano|odesláno|отправлено|дата|надіслано|"
    r"发送时间|日期|送信日時"
)
_WHOM = (
    r"to|an|à|para|a|aan|till|til|vastaanottaja|do|komu|кому|cc|bcc|kopie|kopia|copie|копия|копія|"
    r"reply-to|answer to|收件人|宛先|抄送"
)
_ABOUT = (
    r"subject|betreff|objet|asunto|assunto|oggetto|onderwerp|ämne|emne|aihe|temat|předmět|тема|"
    r"主题|件名"
)
WHEN = re.compile(rf"^\W{{0,3}}(?:{_WHEN})\W{{0,3}}[:：]", re.I)
WHOM = re.compile(rf"^\W{{0,3}}(?:{_WHOM})\W{{0,3}}[:：]", re.I)
ABOUT = re.compile(rf"^\W{{0,3}}(?:{_ABOUT})\W{{0,3}}[:：]", re.I)
ANY_FIELD = re.compile(r"^\W{0,3}[^\W\d][\w -]{1,25}[:：]\*?\s")
# "> ", and "ИП> " as The Bat! quotes.
QUOTE = re.compile(r"^\s{0,4}(?:[A-ZА-ЯЁ]{1,3})?>")
BAR = re.compile(r"^\s{0,2}\|(?:\s|$)")

DASHES = re.compile(r"^\s{0,2}(?:--|—|– –|__)\s*$")
_DEVICE = (
    r"i-?phone|i-?pad|i-?pod|android|samsung|galaxy|huawei|honor|xiaomi|redmi|poco|nokia|htc|"
    r"blackberry|windows|outlook|gmail|google|yahoo|mailbox|airmail|mail\b|mail\.ru|proton|spark|"
    r"mobile|mobil|phone|handy|tablet|smartphone|device|cell|thunderbird|k-9|aquamail|mymail|"
    r"яндекс|почт|телефон|смартфон|планшет|мобильн|устройств|айфон|рамблер|rambler|пристро"
)
MOBILE = re.compile(
    rf"^\W{{0,3}}(?:"
    rf"(?:sent|posted|written|typed) (?:from|with|via|using|by|on) (?:my |a |the )?.{{1,90}}|"
    rf"(?:отправлено|написано|послано|відправлено|надіслано|пересл\w+) "
    rf"(?:из|с|со|через|з|зі|із|від)"
    rf" .{{0,60}}(?:{_DEVICE}).{{0,60}}|"
    rf"(?:gesendet|verschickt) (?:von|vom|mit|aus) .{{1,80}}|"
    rf"(?:von|vom) mein\w* .{{1,60}} gesendet.{{0,40}}|"
    rf"diese nachricht wurde (?:von|mit) .{{1,80}} gesendet\W{{0,3}}|"
    rf"(?:envoyé|enviado|inviato|enviada) (?:depuis|de|desde|da|do|dal|à partir).{{1,80}}|"
    rf"(?:verzonden|verstuurd) (?:van|met|vanaf|vanuit|via) .{{1,80}}|"
    rf"(?:skickat|sendt|lähetetty|wysłane|wysłano|odesláno|odoslané|trimis) .{{1,80}}|"
    rf"get \W?outlook for .{{1,200}}|(?:скачать|получить|загрузить) \W?outlook для .{{1,200}}|"
    rf"(?:\w+ )?from (?:my )?(?:mobile|iphone|ipad|android|phone|cell)\b.{{0,30}}|"
    rf"(?:從|从|发自|發自).{{1,40}}|iphoneから送信.{{0,20}}"
    rf")$",
    re.I,
)
# In a line of its own paragraph the words above are enough; in running text it takes a device.
DEVICE = re.compile(
    r"i-?phone|i-?pad|i-?pod|android|samsung|galaxy|huawei|honor|xiaomi|redmi|nokia|blackberry|"
    r"outlook|gmail|yahoo|thunderbird|proton|mobil|handy|tablet|phone|device|\bcell\b|\bmail\b|"
    r"mail\.ru|\bios\b|яндекс|айфон|планшет|телефон|устройств|смартфон|мобильн|windows|rambler|"
    r"рамблер",
    re.I,
)
CLOSING = re.compile(
    r"^\W{0,3}(?:с (?:большим )?уважением|с наилучшими пожеланиями|всего (?:доброго|хорошего)|"
    r"с найкращими побажаннями|з повагою|з найкращими побажаннями|зі щирою повагою)"
    r"(?:\W{1,3}(?:[^\W\d][\w.-]{0,30}\W{0,2}){0,5})?$",
    re.I,
)
ARMOUR = re.compile(r"^-----(?:BEGIN|END) PGP ", re.I)
POSTSCRIPT = re.compile(r"^\W{0,2}(?:p\.?\s?s\b|пс\b|п\.\s?с|з\.?\s?ы\b|post ?scriptum)", re.I)
FOOTER = re.compile(
    r"mailing list|list archive|unsubscribe|virus[- ]free|без вирусов|проверено на вирусы|"
    r"отписаться|отказаться от рассылки|проверено антивирусом|scanned by",
    re.I,
)
