"""What bounces look like that are no RFC 3464 reports, by mail program."""

from __future__ import annotations

import re

# Who sends reports: by local part, by display name.
DAEMON = re.compile(
    r"^(?:mailer-?daemon|mail-?daemon|mdaemon|maildeliverysystem|mail-?delivery(?:-?(?:sub)?system)?|"
    r"postmaster|post-?office|double-bounce|ndr|microsoftexchange[0-9a-f]{8,40})$",
    re.I,
)
DAEMON_NAME = re.compile(
    r"mail(?:er)?[- ]?daemon|mail deliver\w* (?:sub)?system|mail delivery (?:service|agent)|"
    r"system administrator|mail administrator|ndr administrator|postmaster|internet mail delivery|"
    r"mail system|delivery subsystem",
    re.I,
)
SUBJECT = re.compile(
    r"undeliver(?:ed|able|y)|undelivered mail|returned (?:mail|message|to sender)|failure notice|"
    r"deliver(?:y|ing)\b.{0,40}\b(?:fail\w*|error|problem|delay\w*|notification|status|report)|"
    r"(?:fail\w*|error|unable|problem|could not|cannot|can't|not)\b.{0,30}\b(?:deliver\w*|sending)|"
    r"failed (?:delivery|mail)|mail (?:failure|system error|rejected|could not be delivered)|"
    r"message (?:delivery has failed|rejected|you sent blocked|status)|non[- ]?deliver|\[bounce\]|"
    r"\bdsn\b|warning: (?:message|could not send)|nondeliverable|non remis|"
    r"не (?:может быть |было |был[ао]? )?доставлен\w*|недоставлен\w*|ошибка доставки|"
    r"не удалось доставить|отч[её]т о (?:не)?доставке|сбой доставки|задержка доставки|"
    r"не доставлено|недоставлене|не вдалося доставити|unzustellbar|nicht zustellbar|"
    r"zustellung|übermittlungsstatus|nicht zugestellt|échec de (?:la )?remise|no entregado|"
    r"no se pudo entregar|mancat[oa] recapito|entrega falhou|onbestelbaar|配信|エラー|退信|"
    r"无法投递|投递失败",
    re.I,
)
ANSWER = re.compile(r"^\W*(?:re|aw|fwd?|auto\w*|автоответ|автоматическ\w*|out of)\b", re.I)
# Openings that no person writes; enough without any other sign. Program, then its words.
BODIES: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "qmail",
        re.compile(
            r"this is the [\w.-]{0,40}qmail[\w.-]{0,20} program|"
            r"^hi\. this is the (?:\S{1,60} ){1,5}(?:program|server) at ",
            re.I,
        ),
    ),
    (
        "exim",
        re.compile(
            r"^\W{0,5}this message was created automatically by mail delivery software", re.I | re.M
        ),
    ),
    ("mail.ru", re.compile(r"это письмо создано автоматически сервером mail\.ru", re.I)),
    ("yandex", re.compile(r"это сообщение отправлено почтовым сервером \S{0,40}yandex", re.I)),
    (
        "postfix",
        re.compile(r"^this is the (?:postfix program|mail system) at (?:host )?\S+", re.I | re.M),
    ),
    ("gmail", re.compile(r"automatically generated delivery status notification", re.I)),
    (
        "sendmail",
        re.compile(
            r"-{3,} ?(?:the following addresses had|transcript of session follows|"
            r"unable to deliver|unsent message)",
            re.I,
        ),
    ),
    ("dragonfly", re.compile(r"^this is the dragonfly mail agent", re.I | re.M)),
    ("opensmtpd", re.compile(r"this is the mailer-daemon, please do not reply", re.I)),
    (
        "courier",
        re.compile(r"this is a delivery status notification from|courier mail server at", re.I),
    ),
    (
        "exchange",
        re.compile(
            r"your message did not reach some or all of the intended recipients|"
            r"delivery has failed to these recipients|generating server:",
            re.I,
        ),
    ),
    ("james", re.compile(r"this is the james mail server at", re.I)),
    ("notes", re.compile(r"^-{3,} ?failure reasons ?-{3,}", re.I | re.M)),
    ("interscan", re.compile(r"message from interscan messaging security", re.I)),
    ("yahoo", re.compile(r"^sorry, we were unable to deliver your message", re.I | re.M)),
    ("surfcontrol", re.compile(r"^your message could not be sent\.", re.I | re.M)),
    ("mailmarshal", re.compile(r"^could not be delivered because of", re.I | re.M)),
    (
        "imail",
        re.compile(
            r"^(?:invalid final delivery userid|unknown user|undeliverable to):? \S+@", re.I | re.M
        ),
    ),
    ("ezweb", re.compile(r"次のあて先へのメッセージはエラーのため", re.I)),
)
# Of these a person may write as well; they need a subject that says so.
BY_PEOPLE_TOO = ("exchange", "yahoo", "surfcontrol", "mailmarshal", "imail")
SES = re.compile(r'^\s*\{\s*"(?:notificationType|eventType)"\s*:\s*"(\w{3,30})"')
DELAYED = re.compile(
    r"\bdelay(?:ed)?\b|warning message only|do not need to resend|"
    r"will (?:be retried|retry|keep trying)|still (?:being )?(?:retry|trying)|"
    r"has not yet been delivered|не доставлено до сих пор|"
    r"отложен|задерж|попытки доставки будут продолжены|повторные попытки|verzögert|retardé",
    re.I,
)
# Where the copy of our own letter begins.
COPY = re.compile(
    r"^[ \t\xa0>*#-]{0,10}(?:below this line is a copy|(?:this|below|enclosed) is a copy|"
    r"(?:the )?(?:header of the )?original (?:message|mail)\b|message headers? follow|"
    r"(?:un)?returned message|(?:unsent|undelivered) message|message text follows|"
    r"bounced e-?mail|текст исходного сообщения|копия (?:вашего )?(?:сообщения|письма)|"
    r"received: (?:from|by) |return-path: )",
    re.I | re.M,
)
ADDRESS = r"[^\s<>()\[\]{}\"',;:=]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250})[A-Za-z0-9]"
RECIPIENT = tuple(
    re.compile(pattern.replace("ADDRESS", ADDRESS), re.I | re.M)
    for pattern in (
        r"^[ \t]*(?:final|original)-recipient:\s*(?:rfc822|utf-?8)?\s*;?\s*<?(ADDRESS)>?",
        r"^[ \t*•-]{0,12}<?(ADDRESS)>?[ \t]*:?[ \t]*$",
        r"^[ \t*•-]{0,12}<(ADDRESS)>",
        r"rcpt to:\s{0,3}<(ADDRESS)>",
        r"(?:recipient|to|userid|user|address)\W{1,4}(ADDRESS)",
        r"(ADDRESS)",
    )
)
STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
SMTP_REPLY = re.compile(r"(?:^|[\s:>\"(])([45]\d\d[ -]\S.{3,400})")
