"""Words typed with the other keyboard layout on: "ghbdtn" is "привет"."""

_LATIN = "`qwertyuiop[]asdfghjkl;'zxcvbnm,.~QWERTYUIOP{}ASDFGHJKL:\"ZXCVBNM<>"
_CYRILLIC = "ёйцукенгшщзхъфывапролджэячсмитьбюЁЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮ"
_TO_CYRILLIC = str.maketrans(_LATIN, _CYRILLIC)
_TO_LATIN = str.maketrans(_CYRILLIC, _LATIN)


def switched(text: str) -> str:
    """The same keys on the other of the two layouts; "" where both scripts occur, or none."""
    has_cyrillic = any("а" <= letter <= "я" or letter == "ё" for letter in text.lower())
    has_latin = any("a" <= letter <= "z" for letter in text.lower())
    if has_cyrillic == has_latin:
        return ""
    return text.translate(_TO_LATIN if has_cyrillic else _TO_CYRILLIC)
