"""Who may know whom: floors, kinds of channel, faces, the network."""

import ast
import re
from collections.abc import Iterator

from tests.architecture.rule import Findings, product, rule
from tests.architecture.source import File, House, dotted, text_of

FACES = {"console", "portal", "api"}
# Kinds whose names are ordinary words: they count only where a kind is meant (`kind == "form"`),
# because "form" and "max" stand in every other file. All other kinds count wherever they stand.
ORDINARY = "api call chat comment email form letter mail max messenger ok phone reviews sms voice"
ORDINARY_WORDS = frozenset([*ORDINARY.split(), "web", "widget"])
RELATIONS = {"ForeignKey", "OneToOneField", "ManyToManyField"}

HTTP_CLIENTS = {"httpx", "requests", "aiohttp", "urllib.request", "urllib3", "http.client"}
CONNECTIONS = {
    "socket", "socketserver", "smtplib", "imaplib", "poplib", "ftplib", "telnetlib", "imapclient",
    "imap_tools", "aiosmtpd", "aioimaplib", "websocket", "websockets", "django.core.mail",
}  # fmt: skip
UNIT_FILES = {"actions", "readers", "queries", "models", "rules", "events"}  # run inside units
WAITS = re.compile(
    r"(.*\.)?(http|smtp|imap)\.\w+|(time\.)?sleep|(.*\.)?adapter\.(send|poll|settle|fetch|profile"
    r"|connect|disconnect|check|edit|delete|typing|mark_read)"
)


def _kind_folder(file: File, house: House) -> str:
    """The kind whose own room this file is in: okno/{channels,portal,console}/[...]<kind>/..."""
    if file.package not in {"channels", "portal", "console"}:
        return ""
    rooms = {part.removesuffix(".py") for part in file.parts[2:]}
    return next(iter(sorted(rooms & house.kinds)), "")


def _room(dotted_name: str) -> str:
    """`form` for okno.channels.form.adapter (or its path): the first room of a floor with kinds."""
    found = re.match(r"okno[./](?:channels|portal|console)[./](\w+)", dotted_name)
    return found[1] if found else ""


def _words(identifier: str) -> set[str]:
    return set(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", identifier).lower().split("_"))


def _identifiers(file: File) -> Iterator[tuple[int, str]]:
    for function in file.functions:
        yield function.lineno, function.name
    for cls in file.all(ast.ClassDef):
        yield cls.lineno, cls.name
    for name in file.all(ast.Name):
        yield name.lineno, name.id
    for attribute in file.all(ast.Attribute):
        yield attribute.lineno, attribute.attr
    for argument in file.all(ast.arg):
        yield argument.lineno, argument.arg


def _constants(node: ast.AST) -> set[str]:
    """Strings that stand directly in a literal, or in the tuple, list, set or dict keys of it."""
    if isinstance(node, ast.Dict):
        return {text_of(key) for key in node.keys}
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return {text_of(item) for item in node.elts}
    return {text_of(node)}


def _kinds_meant(file: File) -> Iterator[tuple[int, set[str]]]:
    """Strings in places where they can only be a kind: `kind ==`, `kind=`, match, tables."""
    for compare in file.all(ast.Compare):
        sides = [compare.left, *compare.comparators]
        if any(dotted(side).endswith("kind") for side in sides):
            yield compare.lineno, set().union(*(_constants(side) for side in sides))
    for keyword in file.all(ast.keyword):
        if (keyword.arg or "").removesuffix("__in").endswith("kind"):
            yield keyword.value.lineno, _constants(keyword.value)
    for match in file.all(ast.Match):
        if dotted(match.subject).endswith("kind"):
            for case in match.cases:
                yield case.pattern.lineno, {text_of(node) for node in ast.walk(case.pattern)}


def _kind_tables(file: File, kinds: frozenset[str]) -> Iterator[tuple[int, set[str]]]:
    """Literals of nothing but kinds, two or more: a list of kinds outside of config/kinds.py."""
    tables = [*file.all(ast.Dict), *file.all(ast.List), *file.all(ast.Tuple), *file.all(ast.Set)]
    for table in tables:
        named = _constants(table)
        if len(named) > 1 and named <= kinds:
            yield table.lineno, named


@rule(
    product,
    bad=[
        ("okno/desk/actions.py", "if channel.kind == 'form': pass"),
        ("okno/desk/actions.py", "if kind in ('form', 'x'): pass"),
        ("okno/desk/queries.py", "x = rows.filter(channel__kind='form')"),
        ("okno/desk/queries.py", "match channel.kind:\n    case 'form':\n        pass"),
        ("okno/notify/readers.py", "TABLE = {'form': 1, 'pigeon': 2}"),
        ("okno/notify/readers.py", "x = 'pigeon'"),
        ("okno/notify/readers.py", "def send_pigeon(): pass"),
        ("okno/console/pages.py", "class PigeonForm: pass"),
        ("okno/console/pages.py", "from okno.channels.form import adapter"),
        ("okno/console/pages.py", "from okno.channels import form"),
        ("okno/channels/pigeon/adapter.py", "from okno.channels.form import adapter"),
        ("okno/channels/sending.py", "x = 'okno.channels.form.adapter'"),
    ],
    good=[
        ("okno/channels/pigeon/adapter.py", "kind = 'pigeon'\nclass Pigeon: pass"),
        ("okno/portal/form/pages.py", "from okno.channels.form import settings"),
        ("okno/config/kinds.py", "KINDS = ['okno.channels.form', 'okno.channels.pigeon']"),
        ("okno/console/pages.py", "def form(form): return {'form': form, 'mail': 1, 'x': 2}"),
        ("okno/desk/actions.py", "'''Pigeons carry letters.'''\nif field.sort == 'form': pass"),
    ],
)
def kind_names(file: File, house: House) -> Findings:
    if file.path == "okno/config/kinds.py":
        return
    foreign = house.kinds - {_kind_folder(file, house)}
    plain = foreign - ORDINARY_WORDS
    named = [(line, full) for line, full, _ in file.imports if _room(full) in foreign]
    for line, names in (*_kinds_meant(file), *_kind_tables(file, foreign)):
        named += [(line, name) for name in names & foreign]
    for constant in file.all(ast.Constant):
        text = text_of(constant)
        if (text in plain or _room(text) in foreign) and id(constant) not in file.docstrings:
            named.append((constant.lineno, text))
    if plain:
        named += [(line, name) for line, name in _identifiers(file) if _words(name) & plain]
    for line, name in named:
        yield (
            line,
            f"'{name}' names a kind of channel, which only its own folder may do: "
            "ask its abilities, or let it register what it brings",
        )


@rule(
    lambda file: file.is_template,
    bad=[
        ("okno/console/templates/console/thread.html", "{% if channel.kind == 'form' %}"),
        ("okno/console/templates/console/thread.html", '{% if "pigeon" == channel.kind %}'),
    ],
    good=[
        ("okno/console/templates/console/thread.html", "{{ channel.kind }} {% if form %}"),
        ("okno/portal/templates/portal/form/page.html", "{% if channel.kind == 'form' %}"),
    ],
)
def kind_names_in_templates(file: File, house: House) -> Findings:
    asked = re.compile(r"kind\s*[!=]=\s*[\"'](\w+)[\"']|[\"'](\w+)[\"']\s*[!=]=\s*[\w.]*kind\b")
    foreign = house.kinds - {_kind_folder(file, house)}
    for number, line in enumerate(file.lines, 1):
        for found in asked.finditer(line):
            if {found[1], found[2]} & foreign:
                yield number, "a page asks for a kind: ask its abilities, or let it bring a part"


@rule(
    product,
    bad=[
        ("okno/contacts/models.py", "x = models.ForeignKey('desk.Channel', models.CASCADE)"),
        ("okno/contacts/models.py", "x = models.OneToOneField(to='desk.Channel')"),
        ("okno/sla/models.py", "x = models.ForeignKey('routing.Route', models.CASCADE)"),
        ("okno/desk/actions.py", "x = 'okno.channels.sending.deliver'"),
    ],
    good=[
        ("okno/desk/models.py", "x = models.ForeignKey('contacts.Contact', models.CASCADE)"),
        ("okno/desk/models.py", "x = models.ForeignKey('desk.Channel', models.CASCADE)"),
        ("okno/desk/models.py", "x = models.ForeignKey('self', models.CASCADE)"),
        ("okno/config/settings.py", "x = 'okno.desk'"),
    ],
)
def floors_in_strings(file: File, house: House) -> Findings:
    own = house.floor_of(file.package)
    if own is None:
        return
    named: list[tuple[int, str]] = []
    for call in file.all(ast.Call):
        if dotted(call.func).rpartition(".")[2] in RELATIONS:
            targets = {text_of(word.value) for word in call.keywords} | {
                text_of(argument) for argument in call.args[:1]
            }
            named += [(call.lineno, name.partition(".")[0]) for name in targets if "." in name]
    for constant in file.all(ast.Constant):
        found = re.match(r"okno\.(\w+)(\.|$)", text_of(constant))
        if found and id(constant) not in file.docstrings:
            named.append((constant.lineno, found[1]))
    for line, package in named:
        floor = house.floor_of(package)
        if floor is not None and package != file.package and floor >= own:
            yield line, f"'{package}' is not below '{file.package}': a string is an import too"


@rule(
    lambda file: file.is_python and file.package == "kit",
    bad=[("okno/kit/text.py", "from django.db import models"), ("okno/kit/models.py", "")],
    good=[("okno/kit/text.py", "from django.utils import timezone")],
)
def kit_has_no_models(file: File, house: House) -> Findings:
    advice = "kit holds leaves without models: move this to the floor that owns the table"
    if file.name == "models.py":
        yield 1, advice
    for line, full, _ in file.imports:
        if full.startswith("django.db.models"):
            yield line, advice


@rule(
    lambda file: file.is_product and file.package in FACES,
    bad=[
        ("okno/console/pages.py", "x = Tag.objects.get(pk=1)"),
        ("okno/portal/pages.py", "x = Tag.objects.filter(pk=1).first()"),
        ("okno/api/tags.py", "from django.shortcuts import get_object_or_404"),
        ("okno/api/tags.py", "import django.shortcuts as s\nx = s.get_object_or_404(Tag, pk=1)"),
        ("okno/api/tags.py", "x = Tag._default_manager.all()"),
    ],
    good=[("okno/console/pages.py", "x = queries.tags(actor)\ny = request.GET.get('a')")],
)
def faces_read_through_queries(file: File, house: House) -> Findings:
    banned = {"objects", "_default_manager", "get_object_or_404", "get_list_or_404"}
    advice = "read through <package>.queries with visible_to(actor): a foreign object is a 404"
    for attribute in file.all(ast.Attribute):
        if attribute.attr in banned:
            yield attribute.lineno, f".{attribute.attr} in a face: {advice}"
    for line, full, _ in file.imports:
        if full.rpartition(".")[2] in banned:
            yield line, f"{full} in a face: {advice}"


def _under(name: str, modules: set[str]) -> bool:
    return any(name == module or name.startswith(module + ".") for module in modules)


@rule(
    product,
    bad=[
        ("okno/desk/actions.py", "import smtplib"),
        ("okno/notify/jobs.py", "from django.core.mail import send_mail"),
        ("okno/channels/intake.py", "import socket"),
        ("okno/channels/pigeon/adapter.py", "import httpx"),
        ("okno/config/doctor.py", "from urllib.request import urlopen"),
        ("okno/spine/bell.py", "import asyncio\nx = asyncio.open_connection('a', 1)"),
    ],
    good=[
        ("okno/kit/http.py", "import httpx, socket"),
        ("okno/channels/pigeon/adapter.py", "import smtplib"),
        ("okno/channels/jobs.py", "from imapclient import IMAPClient"),
        ("okno/config/serve.py", "import socket"),
        ("okno/desk/text.py", "from urllib.parse import quote"),
    ],
)
def network_has_few_doors(file: File, house: House) -> Findings:
    if file.package == "kit":
        return
    in_kind = file.package == "channels" and len(file.parts) > 3
    door = in_kind or file.package == "config" or file.path.startswith("okno/channels/jobs")
    for line, full, _ in file.imports:
        if _under(full, HTTP_CLIENTS):
            yield line, f"{full}: the one HTTP client is okno.kit.http (checks addresses, limits)"
        elif _under(full, CONNECTIONS) and not door:
            yield line, f"{full}: only kit and the folder of a kind open connections, in a job"
    if not door:
        for call in file.all(ast.Call):
            name = dotted(call.func)
            if name in {"asyncio.open_connection", "asyncio.start_server"}:
                yield call.lineno, f"{name}: connections are opened in kit or by a kind, in a job"


@rule(
    lambda file: file.is_product and file.package not in {"kit", "config"},
    bad=[
        ("okno/desk/actions.py", "from okno.kit import post"),
        ("okno/desk/readers.py", "from okno.kit.post import Client"),
        ("okno/channels/jobs.py", "with spine.unit(actor):\n    http.post(url)"),
        ("okno/channels/jobs.py", "with unit(actor):\n    adapter.send(outbound, settings, http)"),
        ("okno/channels/jobs.py", "with transaction.atomic():\n    time.sleep(1)"),
    ],
    good=[
        ("okno/channels/jobs.py", "from okno.kit import post\nwith unit(a): x()\nhttp.get(u)"),
        ("okno/channels/jobs.py", "with unit(a): items = adapter.parse(raw, settings)"),
        ("okno/desk/actions.py", "from okno.kit import text"),
    ],
)
def no_network_in_a_unit(file: File, house: House) -> Findings:
    if file.name.removesuffix(".py") in UNIT_FILES or "actions" in file.parts:
        for line, full, _ in file.imports:
            if _under(full, set(house.network_rooms)):
                yield line, f"{full} in {file.name}, which runs inside a unit: enqueue a job"
    blocks: list[ast.With | ast.AsyncWith] = [*file.all(ast.With), *file.all(ast.AsyncWith)]
    for block in blocks:
        entered = [i.context_expr for i in block.items if isinstance(i.context_expr, ast.Call)]
        if not {dotted(e.func).rpartition(".")[2] for e in entered} & {"unit", "atomic"}:
            continue
        calls = (n for n in ast.walk(ast.Module(block.body, [])) if isinstance(n, ast.Call))
        for call in calls:
            name = dotted(call.func)
            if WAITS.fullmatch(name):
                yield call.lineno, f"{name}() inside a unit: a transaction waits for nobody"


@rule(
    product,
    bad=[
        ("okno/desk/apps.py", "from django.db.models.signals import post_save"),
        ("okno/spine/apps.py", "from django.db.models.signals import post_save"),
        ("okno/desk/apps.py", "from django.db.models.signals import post_migrate"),
        ("okno/access/apps.py", "from django.contrib.auth.signals import user_logged_in"),
        ("okno/desk/apps.py", "import django.dispatch"),
    ],
    good=[("okno/spine/apps.py", "from django.db.models.signals import post_migrate")],
)
def no_signals(file: File, house: House) -> Findings:
    for line, full, _ in file.imports:
        if full == "django.db.models.signals.post_migrate" and file.package == "spine":
            continue  # the log's trigger is made again after each migrate; see okno/spine
        if full.startswith("django.dispatch") or re.search(r"\bsignals\b", full):
            yield line, f"{full}: no Django signals; record an event and subscribe a reader to it"


@rule(
    product,
    bad=[
        ("okno/desk/actions.py", "from okno.desk.tests.world import alice"),
        ("okno/desk/actions.py", "from tests.world import alice"),
        ("okno/desk/actions.py", "import pytest"),
    ],
    good=[("okno/desk/actions.py", "from okno.access import rules")],
)
def product_knows_no_tests(file: File, house: House) -> Findings:
    for line, full, _ in file.imports:
        if "tests" in full.split(".") or full.split(".")[0] in {"pytest", "hypothesis", "conftest"}:
            yield line, f"{full}: tests are not in the wheel; move what is needed into the product"
