"""Who may change what: rows are written by verbs, and each verb leaves its event."""

import ast
import re

from tests.architecture.rule import Findings, product, python, rule
from tests.architecture.source import File, House, dotted, text_of

# Files that write although they are not called actions, each with its reason.
ALSO_WRITERS = {
    "okno/channels/intake.py": "stores the raw item before its sender is answered: a verb",
}
WITHOUT_POSITIONAL = {"save", "delete", "create", "asave", "adelete", "acreate"}
ALWAYS = {
    name
    for verb in ("bulk_create", "bulk_update", "get_or_create", "update_or_create")
    for name in (verb, f"a{verb}")
} | {"create_user", "create_superuser"}
RELATED = {"add", "remove", "set", "clear", "aadd", "aremove", "aset", "aclear"}
WRITING_SQL = re.compile(r"\s*(insert|update|delete|replace|truncate|merge)\s", re.IGNORECASE)
SWALLOWED = {"Exception", "BaseException"}


def is_action(file: File) -> bool:
    named = file.name == "actions.py" or "actions" in file.parts[2:-1]
    return named or file.path in ALSO_WRITERS or file.package == "spine"


def may_write(file: File) -> bool:
    """Readers write too: their tables are projections, moved with their cursor in one unit."""
    projection = file.name == "readers.py" or "readers" in file.parts[2:-1]
    return is_action(file) or projection


def _is_write(call: ast.Call, house: House) -> bool:
    if not isinstance(call.func, ast.Attribute):
        return False
    verb, owner = call.func.attr, dotted(call.func.value)
    if owner.rpartition(".")[2] == "session":
        return False  # the session store of a request is Django's, not a noun of ours
    if verb in WITHOUT_POSITIONAL:
        return not call.args  # with one it is a file, a cache, a route: `api.delete("/x")`
    if verb in {"update", "aupdate"}:
        return not call.args and bool(call.keywords)  # a dict takes `|=` or one argument
    if verb in RELATED:
        return owner.rpartition(".")[2] in house.many_to_many and "." in owner
    if verb in {"execute", "executemany"}:
        return bool(call.args and WRITING_SQL.match(text_of(call.args[0])))
    return verb in ALWAYS


@rule(
    lambda file: file.is_product and file.package != "kit",
    bad=[
        ("okno/console/pages.py", "conversation.save()"),
        ("okno/console/pages.py", "conversation.save(update_fields=['x'])"),
        ("okno/desk/jobs.py", "Tag.objects.create(name='x')"),
        ("okno/desk/jobs.py", "conversation.messages.create(body='x')"),
        ("okno/desk/queries.py", "Tag.objects.filter(x=1).update(name='x')"),
        ("okno/desk/queries.py", "Tag.objects.filter(x=1).delete()"),
        ("okno/desk/models.py", "def f(self): self.labels.add(tag)"),
        ("okno/api/tags.py", "Tag.objects.bulk_create([Tag()])"),
        ("okno/api/tags.py", "Tag.objects.get_or_create(name='x')"),
        ("okno/routing/queries.py", "cursor.execute('UPDATE desk_tag SET name = %s', [1])"),
        ("okno/routing/queries.py", "cursor.execute(f'delete from {table}')"),
        ("okno/access/apps.py", "User.objects.create_user('x')"),
        ("okno/config/actions_list.py", "Tag.objects.bulk_update([], ['x'])"),
    ],
    good=[
        ("okno/desk/actions.py", "conversation.save()\nTag.objects.create(name='x')"),
        ("okno/desk/actions/tag.py", "tag.delete()"),
        ("okno/analytics/readers.py", "Fact.objects.create(x=1)"),
        ("okno/channels/intake.py", "Inbound.objects.create(raw=b'')"),
        ("okno/spine/jobs.py", "Job.objects.filter(x=1).update(x=2)"),
        ("okno/console/pages.py", "context.update({'a': 1})\ndigest.update(b'x')\nseen.add(tag)"),
        ("okno/console/pages.py", "storage.save('name', content)\nrequest.session.save()"),
        ("okno/api/tags.py", "@api.delete('/tags/{id}')\ndef remove(request): pass"),
        ("okno/desk/queries.py", "cursor.execute('SELECT 1')"),
    ],
)
def models_written_in_actions(file: File, house: House) -> Findings:
    if may_write(file):
        return
    for call in file.all(ast.Call):
        if _is_write(call, house):
            verb = call.func.attr if isinstance(call.func, ast.Attribute) else ""
            yield (
                call.lineno,
                f".{verb}() writes rows outside of actions.py: call a verb of the package that "
                "owns the noun (for a plain dict write `d |= {...}`)",
            )


def _spine_names(file: File, thing: str) -> set[str]:
    """Every way this file can spell okno.spine's `thing`: `record`, `spine.record`, ..."""
    spelled = set()
    for _, full, local in file.imports:
        if re.fullmatch(rf"okno\.spine(\.\w+)*\.{thing}", full):
            spelled.add(local)
        if full == "okno.spine" or full.startswith("okno.spine."):
            spelled.add(f"{local}.{thing}")
    return spelled


@rule(
    product,
    bad=[
        ("okno/console/pages.py", "from okno.spine import record\nrecord(event)"),
        ("okno/desk/queries.py", "from okno import spine\nspine.record(event)"),
        ("okno/desk/jobs.py", "from okno.spine import log\nlog.record(event)"),
        ("okno/desk/jobs.py", "import okno.spine\nokno.spine.record(event)"),
        ("okno/sla/readers.py", "from okno.spine.log import record as note\nnote(event)"),
    ],
    good=[
        ("okno/desk/actions.py", "from okno.spine import record\nrecord(event)"),
        ("okno/spine/jobs.py", "from okno.spine.log import record\nrecord(event)"),
        ("okno/desk/jobs.py", "def f(tape): tape.record(1)"),
    ],
)
def record_in_actions(file: File, house: House) -> Findings:
    if is_action(file):
        return
    names = _spine_names(file, "record")
    for call in file.all(ast.Call):
        if dotted(call.func) in names:
            yield (
                call.lineno,
                "record() outside of actions.py: an event is what a verb leaves; call the verb",
            )


@rule(
    product,
    bad=[("okno/desk/actions.py", "def f(actor, it):\n    authorize(actor, 'x', it)")],
    good=[
        ("okno/desk/actions.py", "@verb\ndef f(actor, it):\n    authorize(actor, 'x', it)"),
        ("okno/desk/actions.py", "def _f(actor, it):\n    authorize(actor, 'x', it)"),
        ("okno/desk/queries.py", "def f(actor):\n    authorize(actor, 'x')"),
    ],
)
def verbs_are_marked(file: File, house: House) -> Findings:
    if not is_action(file):
        return
    for found in file.all(ast.FunctionDef):
        first = found.args.args or found.args.posonlyargs
        is_verb = bool(first) and first[0].arg == "actor" and not found.name.startswith("_")
        asks = any(
            isinstance(call, ast.Call) and dotted(call.func) == "authorize"
            for call in ast.walk(found)
        )
        if is_verb and asks and "verb" not in [dotted(d) for d in found.decorator_list]:
            yield (
                found.lineno,
                f"{found.name} lacks @verb: what it records would be the unit's actor's deed",
            )


@rule(
    python,
    bad=[
        ("okno/desk/jobs.py", "try:\n    x()\nexcept Exception:\n    pass"),
        ("okno/desk/jobs.py", "try:\n    x()\nexcept (ValueError, Exception):\n    ..."),
        ("okno/desk/jobs.py", "try:\n    x()\nexcept:\n    y()"),
        ("okno/desk/jobs.py", "for a in b:\n  try: x()\n  except Exception: continue"),
        ("okno/desk/jobs.py", "from contextlib import suppress\nwith suppress(Exception): x()"),
    ],
    good=[
        ("okno/desk/jobs.py", "try:\n    x()\nexcept ValueError:\n    pass"),
        ("okno/desk/jobs.py", "try:\n    x()\nexcept Exception as error:\n    park(error)"),
        ("okno/desk/jobs.py", "from contextlib import suppress\nwith suppress(OSError): x()"),
    ],
)
def nothing_swallowed(file: File, house: House) -> Findings:
    advice = "an error nobody sees is a lost message: name the exception, or park, log, tell"
    for handler in file.all(ast.ExceptHandler):
        if handler.type is None:
            yield handler.lineno, f"bare except: {advice}"
            continue
        caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        idle = all(
            isinstance(step, ast.Pass | ast.Continue)
            or (isinstance(step, ast.Expr) and isinstance(step.value, ast.Constant))
            for step in handler.body
        )
        if idle and {dotted(name) for name in caught} & SWALLOWED:
            yield handler.lineno, f"swallows every error: {advice}"
    for call in file.all(ast.Call):
        quiet = dotted(call.func).rpartition(".")[2] == "suppress"
        if quiet and {dotted(argument) for argument in call.args} & SWALLOWED:
            yield call.lineno, f"suppresses every error: {advice}"
