"""Mail services whose addresses anybody can have: under their domains people are no colleagues."""

# The large ones of the world and of Russian-speaking countries, with the other names they give out.
_OPEN_DOMAINS = """
aol.com bk.ru email.com fastmail.com free.fr gmail.com gmx.com gmx.de gmx.net googlemail.com
hotmail.com hotmail.fr hotmail.co.uk icloud.com i.ua inbox.lv inbox.ru internet.ru laposte.net
libero.it list.ru live.com live.ru mac.com mail.com mail.ru mail.ua me.com meta.ua msn.com
myrambler.ru narod.ru naver.com orange.fr outlook.com outlook.de outlook.fr pm.me proton.me
protonmail.com qq.com rambler.ru ro.ru seznam.cz t-online.de tut.by tuta.com tutanota.com
ukr.net vk.com web.de wp.pl ya.ru yahoo.co.jp yahoo.co.uk yahoo.com yahoo.de yahoo.fr
yandex.by yandex.com yandex.kz yandex.ru yandex.ua yeah.net zoho.com 126.com 163.com
"""
_OPEN = frozenset(_OPEN_DOMAINS.split())


def are_colleagues(one: str, other: str) -> bool:
    """Whether two canonical addresses belong to one firm, as far as their domains tell."""
    domain = one.rpartition("@")[2]
    return domain == other.rpartition("@")[2] != "" and domain not in _OPEN
