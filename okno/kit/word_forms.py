"""Forms of a Russian word that its stemmer parts: a question asks for all of them at once.

Snowball cuts endings off. It does not know that a vowel comes and goes inside a word (заявка,
заявок), that a consonant changes (оплатить, оплачен), or that one word has several stems (пришёл,
придёт). Here are the patterns of a school grammar, so also words that no dictionary has are met. A
form that does not exist costs nothing: nobody has written it. Words come in lower case with е for
ё. See docs/adr/0021.
"""

import re
from collections.abc import Callable, Iterator

MOST_FORMS = 400
LONGEST = 40
VOWELS = "аеиоуыэюя"
_HARD = "бвгджзклмнпрстфхцчшщ"
_NOUN = (
    *("а", "я", "у", "ю", "е", "и", "ы", "о", "ом", "ем", "ой", "ей", "ою", "ею", "ью"),
    *("ам", "ям", "ами", "ями", "ах", "ях", "ов", "ев"),
)
_ADJECTIVE = (
    *("ый", "ий", "ой", "ая", "яя", "ое", "ее", "ые", "ие", "ого", "его", "ому", "ему"),
    *("ым", "им", "ом", "ем", "ую", "юю", "ых", "их", "ыми", "ими"),
)
# Which vowel stands before the last consonant of a form without ending, by that consonant.
_COMES = {
    **dict.fromkeys("нлг", "ое"),
    **dict.fromkeys("цмбд", "е"),
    **dict.fromkeys("тх", "о"),
    "к": "ое",
    "р": "е",
    "в": "о",
    "с": "е",
}
_ZERO = re.compile(rf"(.*[{VOWELS}].*[{_HARD}])([ео])([{''.join(_COMES)}])(ь?)")
_ZERO_J = re.compile(rf"(.*[{VOWELS}])е([кцнм])")
_CLUSTER = re.compile(rf"(.*[{VOWELS}].*[{_HARD}])(ь?)([{''.join(_COMES)}])")
_CLUSTER_J = re.compile(rf"(.*[{VOWELS}])й([кцнм])")
_SHORT_ADJECTIVE = re.compile(rf".*[{VOWELS}].*[{_HARD}]ь?[нкл]")
_HUSHERS = "жчшщцй"


def forms(word: str) -> list[str]:
    """Other forms of a word in lower case, each once, at most MOST_FORMS; some do not exist."""
    if len(word) > LONGEST:
        return []
    found: dict[str, None] = {}
    for rule in _RULES:
        for form in rule(word):
            found.setdefault(form)
    found.pop(word, None)
    return list(found)[:MOST_FORMS]


def _with(base: str, endings: tuple[str, ...]) -> Iterator[str]:
    for ending in endings:
        yield base + ending


def _bases(word: str, endings: tuple[str, ...]) -> Iterator[str]:
    for ending in endings:
        if word.endswith(ending) and len(word) > len(ending) + 1:
            yield word[: -len(ending)]


def _paradigm(word: str) -> Iterator[str]:
    """лимит: лимите, of which the stemmer takes more away, as if it were a verb."""
    for base in (word, *_bases(word, _NOUN)):
        if len(base) > 3 and base[-1] in _HARD:
            yield from _with(base, _NOUN)


def _vowel_goes(word: str) -> Iterator[str]:
    """заявок: заявка; писем: письма; день: дня; копеек: копейка; нужен: нужна."""
    if found := _ZERO.fullmatch(word):
        head, vowel, last, _ = found.groups()
        if vowel in _COMES[last]:
            yield from _with(head + last, _NOUN)
        if vowel == "е":
            yield from _with(f"{head}ь{last}", _NOUN)
    if found := _ZERO_J.fullmatch(word):
        yield from _with(f"{found[1]}й{found[2]}", _NOUN)


def _vowel_comes(word: str) -> Iterator[str]:
    """заявка: заявок; письмо: писем; копейка: копеек; нужный: нужен."""
    for base in _bases(word, _NOUN):
        yield from _full(base)
    for base in _bases(word, _ADJECTIVE):
        if _SHORT_ADJECTIVE.fullmatch(base):
            yield from _full(base)


def _full(base: str) -> Iterator[str]:
    if found := _CLUSTER.fullmatch(base):
        head, soft, last = found.groups()
        vowels = "е" if soft else _COMES[last]
        if last == "к" and not soft and head[-1] not in _HUSHERS:
            vowels = "о"
        for vowel in vowels:
            yield f"{head}{vowel}{last}"
            yield f"{head}{vowel}{last}ь"
    if found := _CLUSTER_J.fullmatch(base):
        yield f"{found[1]}е{found[2]}"


_GONE = r"(при|про|пере|подо|по|вы|взо|во|за|до|на|обо|ото|разо|ра|со|у|изо|низо|)"
_GOES = r"(?:шел|шла|шло|шли|шедш\w*|й?ти|й?д(?:у|ешь|ет|ем|ете|ут|и|ите|я))"
_WENT = re.compile(_GONE + _GOES + "(ся|сь)?")
_PAST = ("шел", "шла", "шло", "шли", "шедший", "шедшая", "шедшие", "шедшего", "шедшее", "шедшим")
_FUTURE = ("ду", "дешь", "дет", "дем", "дете", "дут", "ди", "дите", "дя")


def _went(word: str) -> Iterator[str]:
    """пришел: пришла, придет, прийти."""
    found = _WENT.fullmatch(word)
    if found is None or (not found[1] and word in ("ти", "ди", "ду", "дя", "дем", "дет")):
        return
    prefix, itself = found[1], "ся" if found[2] else ""
    for tail in _PAST:
        yield prefix + tail + _itself(tail, itself)
    stem = {"": "и", "при": "при"}.get(prefix, f"{prefix}й")
    for tail in _FUTURE:
        yield stem + tail + _itself(tail, itself)
    infinitive = f"{prefix}йти" if prefix else "идти"
    yield infinitive + _itself(infinitive, itself)


def _itself(form: str, itself: str) -> str:
    return itself and ("сь" if form[-1] in VOWELS else "ся")


_VOICED_PAST = re.compile(rf"(.*[{VOWELS}].*[гкхсзрбп])(л[аои])?(ся|сь)?")


def _past_without_l(word: str) -> Iterator[str]:
    """помог: помогла; принес: принесли; исчез: исчезло."""
    found = _VOICED_PAST.fullmatch(word)
    if found is None:
        return
    itself = "ся" if found[3] else ""
    for tail in ("", "ла", "ло", "ли"):
        form = found[1] + tail
        yield form + _itself(form, itself)


# Verbs whose last consonant softens in forms of their own: (root, softened, infinitive).
_VELAR = tuple(
    (root, soft, whole)
    for root, soft, whole in (
        ("мог", "мож", "мочь"),
        ("берег", "береж", "беречь"),
        ("стриг", "стриж", "стричь"),
        ("жег", "жж", "жечь"),
        ("пек", "печ", "печь"),
        ("тек", "теч", "течь"),
        ("сек", "сеч", "сечь"),
        ("влек", "влеч", "влечь"),
        ("рек", "реч", "речь"),
        ("лег", "ляж", "лечь"),
        ("стерег", "стереж", "стеречь"),
        ("пряг", "пряж", "прячь"),
    )
)
_VELAR_ENDS = r"(?:у|ут|ешь|ет|ем|ете|ла|ло|ли|ши\w*|ен\w*|и|ите|)(?:ся|сь)?"


def _velar(word: str) -> Iterator[str]:
    """могу: может, мочь, помог."""
    for root, soft, whole in _VELAR:
        ways = rf"(?:{root}|{soft}){_VELAR_ENDS}|{whole}(?:ся|сь)?"
        found = re.fullmatch(rf"(\w{{0,6}})(?:{ways})", word)
        if found:
            head = found[1]
            for tail in ("", "ла", "ло", "ли", "у", "ут", "ший"):
                yield head + root + tail
            for tail in ("ет", "ешь", "ем", "ете", "ен", "ена", "ено", "ены", "енный"):
                yield head + soft + tail
            yield head + whole


_SOFTENS = {"т": ("ч", "щ"), "д": ("ж", "жд"), "с": ("ш",), "з": ("ж",), "ст": ("щ",)}
_SOFTENS |= {lip: (lip + "л",) for lip in "бпвмф"}
_OF_I = ("ить", "ил", "ила", "ило", "или", "ит", "ишь", "им", "ите", "ят", "ат", "ив", "ивший", "ь")
_SOFT = (
    *("у", "ю", "ен", "ена", "ено", "ены", "енный", "енная", "енное", "енные", "енного", "енной"),
    *("енным", "енных", "енному", "енную", "ение", "ения", "ению", "ением", "ений"),
)


def _softened(word: str) -> Iterator[str]:
    """оплатить: оплачу, оплачен; отправил: отправлен."""
    plain, itself = (word[:-2], word[-2:]) if word.endswith(("ся", "сь")) else (word, "")
    for base in _bases(plain, _OF_I[:-1]):
        for hard, softs in _SOFTENS.items():
            if base.endswith(hard) and len(base) > len(hard) + 1:
                for soft in softs:
                    yield from _with(base.removesuffix(hard) + soft, _SOFT)
    if itself:
        return
    for base in _bases(plain, _SOFT):
        for hard, softs in _SOFTENS.items():
            for soft in softs:
                if base.endswith(soft) and len(base) > len(soft) + 1:
                    yield from _with(base.removesuffix(soft) + hard, _OF_I)


_OVA = re.compile(r"(.{2,})(?:[ое]ва(?:ть|л[аои]?|н\w*)|у(?:ю|ешь|ет|ем|ете|ют|й|йте))(ся|сь)?")
_OVA_ENDS = ("ть", "л", "ла", "ло", "ли", "н", "на", "но", "ны", "нный", "ние", "ния")
_UYU_ENDS = ("ю", "ешь", "ет", "ем", "ете", "ют", "й", "йте")


def _of_ova(word: str) -> Iterator[str]:
    """требовать: требует."""
    if found := _OVA.fullmatch(word):
        itself = "ся" if found[2] else ""
        tails = [f"{vowel}ва{tail}" for vowel in "ое" for tail in _OVA_ENDS]
        for tail in (*tails, *(f"у{tail}" for tail in _UYU_ENDS)):
            yield found[1] + tail + _itself(tail, itself)


_MEN = re.compile(r"(им|врем|сем|плам|плем|знам|брем|стрем|тем|вым)(?:я|ен\w{0,3})")
_INHABITANT = re.compile(r"(.{2,}[ая]н)(?:ин(?:а|у|ом|е)?|е|ам|ами|ах|)")
_YOUNG = re.compile(r"(.{2,})(?:[ео]н(?:ок|к(?:а|у|ом|е|и|ов|ам|ами|ах))|[яа]т(?:а|ам|ами|ах|))")


def _other_stem(word: str) -> Iterator[str]:
    """имя: имени; граждане: гражданин; котята: котенок."""
    if found := _MEN.fullmatch(word):
        men = ("я", "ени", "енем", "ена", "ен", "енам", "енами", "енах")
        yield from _with(found[1], men)
    if found := _INHABITANT.fullmatch(word):
        yield from _with(found[1], ("ин", "ина", "ину", "ином", "ине", "е", "", "ам", "ами", "ах"))
    if found := _YOUNG.fullmatch(word):
        young = ("енок", "онок", "енка", "онка", "ята", "ята", "ата", "ятам", "атам", "ят", "ат")
        yield from _with(found[1], young)


# Words with a vowel less in most forms or with several stems, each with the forms stems part.
_FAMILIES = tuple(
    tuple(line.split())
    for line in """
    день дня дню днем дне дни дней дням днями днях
    пень пня пню пнем пне пни пней пням пнями пнях
    сон сна сну сном сне сны снов снам снами снах
    лев льва льву львом льве львы львов львам львами львах
    лед льда льду льдом льде льды льдов льдам льдами льдах
    лен льна льну льном льне
    лоб лба лбу лбом лбе лбы лбов лбам лбами лбах
    рот рта рту ртом рте рты ртов ртам ртами ртах
    ров рва рву рвом рве рвы рвов рвам рвами рвах
    шов шва шву швом шве швы швов швам швами швах
    мох мха мху мхом мхе мхи мхов мхам мхами мхах
    пес пса псу псом псе псы псов псам псами псах
    ложь лжи ложью лжет лгать
    рожь ржи рожью
    вошь вши вошью вшей вшам вшами вшах
    зло зла злу злом зле зол
    дно дна дну дном дне донья
    сто ста сот стам стами стах
    один одна одно одни одного одной одному одним одних одними одну
    человек люди людей людям людьми людях
    ребенок ребенка ребенку ребенком ребенке дети детей детям детьми детях
    друг друга другу другом друге друзья друзей друзьям друзьями друзьях
    сын сына сыну сыном сыне сыновья сыновей сыновьям сыновьями сыновьях
    мать матери матерью матерей матерям матерями матерях
    дочь дочери дочерью дочерей дочерям дочерьми дочерях
    хозяин хозяина хозяину хозяином хозяине хозяева хозяев хозяевам хозяевами хозяевах
    господин господина господину господином господа господ господам господами господах
    цветок цветка цветку цветком цветке цветы цветов цветам цветами цветах
    ухо уха уху ухом ухе уши ушей ушам ушами ушах
    чудо чуда чуду чудом чуде чудеса чудес чудесам чудесами чудесах
    небо неба небу небом небе небеса небес небесам небесами небесах
    судно судна судну судном судне суда судов судам судами судах
    лист листа листу листом листе листья листьев листьям листьями листьях
    хотеть хотел хотела хотели хочу хочешь хочет хотим хотите хотят
    ехать ехал ехала ехали еду едешь едет едем едете едут
    бежать бежал бежала бежали бегу бежишь бежит бежим бежите бегут
    искать искал искала искали ищу ищешь ищет ищем ищете ищут
    писать писал писала писали пишу пишешь пишет пишем пишете пишут
    сказать сказал сказала сказали скажу скажешь скажет скажем скажете скажут
    дать дал дала дали дам дашь даст дадим дадите дадут
    взять взял взяла взяли возьму возьмешь возьмет возьмем возьмете возьмут
    ждать ждал ждала ждали жду ждешь ждет ждем ждете ждут
    """.strip().split("\n")
)
_FAMILY_OF: dict[str, tuple[str, ...]] = {}
for _family in _FAMILIES:
    for _form in _family:
        _FAMILY_OF[_form] = (*_FAMILY_OF.get(_form, ()), *_family)


def _family_of(word: str) -> Iterator[str]:
    yield from _FAMILY_OF.get(word, ())


_RULES: tuple[Callable[[str], Iterator[str]], ...] = (
    _family_of,
    _paradigm,
    _vowel_goes,
    _vowel_comes,
    _went,
    _past_without_l,
    _velar,
    _softened,
    _of_ova,
    _other_stem,
)
