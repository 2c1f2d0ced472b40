"""Templates made ready to be filled in quickly.

Most of a page is the same each time: texts, translated words, icons. After a template is read, such
neighbours become one piece that is made once for each language; templates that are included by a
fixed name stand where they are included, and plain variables are looked up without detours.
"""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from threading import RLock
from typing import Any, cast

from django.template import Context, Engine, Node, NodeList, Template
from django.template.base import FilterExpression, TextNode, Variable, VariableNode
from django.template.defaulttags import CommentNode, CycleNode, IfChangedNode, IfNode, LoadNode
from django.template.library import SimpleNode
from django.template.loader_tags import BlockNode, ExtendsNode, IncludeNode
from django.template.loaders.cached import Loader as CachedLoader
from django.template.smartif import TokenBase
from django.templatetags.i18n import TranslateNode
from django.templatetags.static import StaticNode
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from okno.kit.icons import icon, mark

_SAME_ALWAYS = (icon, mark)
# These keep something while their own template is being filled in.
_ROOTED = (BlockNode, CycleNode, ExtendsNode, IfChangedNode)
_SILENT = TextNode | LoadNode | CommentNode
_ABSENT = object()


class Loader(CachedLoader):
    """Reads each template once and folds it; while debugging it only reads."""

    def __init__(self, engine: Engine, loaders: list[Any]) -> None:
        super().__init__(engine, loaders)
        self._folded: set[int] = set()
        self._lock = RLock()

    def get_template(self, template_name: str, skip: Any = None) -> Template:
        found = super().get_template(template_name, skip)
        if not self.engine.debug and id(found) not in self._folded:
            with self._lock:
                if id(found) not in self._folded:
                    fold(found.nodelist)
                    self._folded.add(id(found))
        return found

    def reset(self) -> None:
        super().reset()
        self._folded.clear()


def fold(nodes: NodeList) -> None:
    """Fold all that stands in these nodes, in place."""
    found: list[Node] = []
    fixed: list[Node] = []
    for node in nodes:
        if _is_fixed(node):
            fixed.append(node)
            continue
        if fixed:
            found.append(_one(fixed))
            fixed = []
        for inner in _inside(node):
            fold(inner)
        for expression in _expressions(list(vars(node).values())):
            if type(expression.var) is Variable and expression.var.lookups:
                expression.var = _Swift(expression.var)
        found.append(_quick(node))
    if fixed:
        found.append(_one(fixed))
    nodes[:] = found


def _one(fixed: list[Node]) -> Node:
    if any(not isinstance(node, _SILENT) for node in fixed):
        return _Fixed(fixed)
    return TextNode("".join(node.s for node in fixed if isinstance(node, TextNode)))


def _inside(node: Node) -> list[NodeList]:
    if isinstance(node, IfNode):
        return [inner for _, inner in node.conditions_nodelists]
    return [inner for inner in vars(node).values() if isinstance(inner, NodeList)]


def _expressions(found: Iterable[Any]) -> Iterator[FilterExpression]:
    """What a node asks of its context, wherever the node keeps it."""
    for value in found:
        if isinstance(value, FilterExpression):
            yield value
        elif isinstance(value, dict):
            yield from _expressions(value.values())
        elif isinstance(value, TokenBase):
            yield from _expressions(vars(value).values())
        elif isinstance(value, list | tuple) and not isinstance(value, NodeList):
            yield from _expressions(value)


def _is_fixed(node: Node) -> bool:
    """Whether this gives the same in one language each time."""
    if isinstance(node, _SILENT):
        return True
    if isinstance(node, TranslateNode):
        context = node.message_context
        is_plain = node.asvar is None and (context is None or _is_constant(context))
        return is_plain and _is_constant(node.filter_expression)
    if isinstance(node, StaticNode):
        return node.varname is None and _is_constant(node.path)
    if isinstance(node, SimpleNode) and node.func in _SAME_ALWAYS:
        given = [*node.args, *node.kwargs.values()]
        return node.target_var is None and all(map(_is_constant, given))
    return False


def _is_constant(expression: FilterExpression) -> bool:
    var = expression.var
    return not expression.filters and not (isinstance(var, Variable) and var.lookups)


def _quick(node: Node) -> Node:
    if type(node) is VariableNode:
        expression = node.filter_expression
        var = expression.var
        is_looked_up = isinstance(var, Variable) and var.lookups and not var.translate
        if is_looked_up and not expression.filters:
            return _Plain(node, tuple(var.lookups))
    if type(node) is IncludeNode and not node.isolated_context:
        name = node.template.var
        if not node.template.filters and isinstance(name, str) and not name.startswith("."):
            return _Included(node, str(name))
    return node


class _Fixed(Node):
    """Neighbours that give the same each time, once for each language."""

    child_nodelists = ()

    def __init__(self, nodes: list[Node]) -> None:
        self.nodes = nodes
        self.made: dict[tuple[str | None, bool], SafeString] = {}

    def render(self, context: Context) -> SafeString:
        key = get_language(), context.autoescape
        if key not in self.made:
            parts = [node.render(context) for node in self.nodes]
            self.made[key] = SafeString("".join(parts))
        return self.made[key]


class _Included(Node):
    """A template of a fixed name, filled in where it stands."""

    child_nodelists = ()

    def __init__(self, node: IncludeNode, name: str) -> None:
        self.node, self.name = node, name
        self.given = tuple(node.extra_context.items())
        self.nodes: NodeList | None = None
        self.is_rooted = False

    def render(self, context: Context) -> SafeString:
        if self.nodes is None:
            # Within a template there is always one.
            template = cast(Template, context.template).engine.get_template(self.name)
            self.is_rooted = any(template.nodelist.get_nodes_by_type(kind) for kind in _ROOTED)
            self.nodes = template.nodelist
        if self.is_rooted:
            return self.node.render(context)
        with context.push(**{name: value.resolve(context) for name, value in self.given}):
            return self.nodes.render(context)


class _Swift(Variable):
    """A variable in a condition or before a filter, looked up as `_Plain` does."""

    def __init__(self, var: Variable) -> None:
        self.var, self.literal, self.lookups = var.var, var.literal, var.lookups
        self.translate, self.message_context = var.translate, var.message_context

    def resolve(self, context: Any) -> Any:
        value = _ABSENT if self.translate else _looked_up(context, self.lookups or ())
        return super().resolve(context) if value is _ABSENT or callable(value) else value


class _Plain(Node):
    """A variable without filters: dictionaries and attributes at once, all else as ever."""

    child_nodelists = ()

    def __init__(self, node: VariableNode, lookups: tuple[str, ...]) -> None:
        self.node, self.lookups = node, lookups

    def render(self, context: Context) -> str:
        value = _looked_up(context, self.lookups) if context.autoescape else _ABSENT
        if type(value) is str:
            return escape(value)
        if type(value) is SafeString:
            return value
        if type(value) is int:
            # Numbers here are written without separators.
            return str(value)
        return self.node.render(context)


def _looked_up(context: Context, lookups: Sequence[str]) -> Any:
    """What stands there; _ABSENT where it is not found at once."""
    value: Any = context.get(lookups[0], _ABSENT)
    for name in lookups[1:]:
        if type(value) is dict:
            value = value.get(name, _ABSENT)
        elif callable(value) or hasattr(type(value), "__getitem__"):
            return _ABSENT
        else:
            try:
                value = getattr(value, name)
            except Exception:
                # Asked again by Django, which knows what is said and what is not.
                return _ABSENT
    return value
