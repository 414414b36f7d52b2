"""The page that asks a browser for a key, once. It works without a script, and the key is never in an address."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from urllib.parse import parse_qs

from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import Scope

from speech.errors import RateLimited, SpeechError

from .errors import answer
from .headers import value
from .keys import COOKIE, Key

PATH = "/console/key"
FIELD = "key"
MONTH = 30 * 24 * 3600  # s that a browser keeps its badge

# Without a referrer Chromium says that a form comes from the origin "null" (Fetch standard, "append a request Origin header").
HEADERS = {"Referrer-Policy": "same-origin", "Cache-Control": "no-store"}

WORDS: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "lang": "zh-Hans",
        "lead": "这台服务器需要 API 密钥。",
        "label": "API 密钥",
        "enter": "进入",
        "wrong": "密钥不对，请再试一次。",
        "often": "尝试太频繁，请稍等片刻再试。",
    },
    "en": {
        "lang": "en",
        "lead": "This server needs an API key.",
        "label": "API key",
        "enter": "Enter",
        "wrong": "This is not one of its keys. Try again.",
        "often": "Too many wrong keys came in a short time. Wait a moment, then try again.",
    },
}

PAGE = """<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Earshot 听闻</title>
<style>
:root {{ color-scheme: light dark; --ground: #f7f6f4; --card: #fff; --ink: #1c1917; --edge: #78716c; --accent: #0f766e;
  --on: #fff; --bad: #b91c1c; }}
@media (prefers-color-scheme: dark) {{ :root {{ --ground: #161412; --card: #211f1c; --ink: #f0eeeb; --edge: #a8a29e;
  --accent: #2dd4bf; --on: #042f2e; --bad: #fca5a5; }} }}
* {{ box-sizing: border-box; }}
body {{ margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }}
main {{ width: min(26rem, 100vw - 2rem); padding: 2rem; background: var(--card); border-radius: 12px; }}
h1 {{ margin: 0 0 .5rem; font-size: 1.4rem; }}
label, input, button {{ display: block; width: 100%; font: inherit; }}
label {{ margin-top: 1.25rem; font-weight: 600; }}
input {{ margin-top: .25rem; padding: .6rem; color: inherit; background: var(--ground); border: 1px solid var(--edge);
  border-radius: 8px; }}
button {{ margin-top: 1rem; padding: .7rem; border: 0; border-radius: 8px; background: var(--accent); color: var(--on);
  font-weight: 600; cursor: pointer; }}
:focus-visible {{ outline: 3px solid var(--accent); outline-offset: 2px; }}
[role="alert"] {{ margin: 1rem 0 0; color: var(--bad); }}
</style>
</head>
<body><main>
<h1>Earshot 听闻</h1>
<p>{lead}</p>
<form method="post" action="{path}">
<label for="key">{label}</label>
<input id="key" name="{field}" type="password" required autofocus autocomplete="current-password"{described}>
{alert}
<button type="submit">{enter}</button>
</form>
</main></body>
</html>
"""


def wants_page(scope: Scope) -> bool:
    """A browser that opens a page, and no program."""
    return scope["type"] == "http" and scope["method"] == "GET" and "text/html" in value(scope, b"accept")


def page(scope: Scope, fault: SpeechError, tried: bool = False) -> Response:
    """The form, with the status and the headers of the refusal that it stands for."""
    usual = answer(fault)
    words = WORDS["zh" if value(scope, b"accept-language").lower().startswith("zh") else "en"]
    told = words["often"] if isinstance(fault, RateLimited) else words["wrong"] if tried else ""
    alert = f'<p role="alert" id="fault">{escape(told)}</p>' if told else ""
    described = ' aria-describedby="fault" aria-invalid="true"' if told else ""
    body = PAGE.format(**words, path=PATH, field=FIELD, alert=alert, described=described)
    kept = {name: usual.headers[name] for name in ("retry-after", "www-authenticate") if name in usual.headers}
    return HTMLResponse(body, usual.status_code, {**HEADERS, **kept})


def typed(body: bytes) -> str:
    """The key of a posted form, "" where there is none."""
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=8)
    return fields.get(FIELD, [""])[0].strip()


def welcome(key: Key, secure: bool) -> Response:
    """To the console, with a badge that stays good as long as the key does."""
    entered = RedirectResponse("/", 303, HEADERS)
    entered.set_cookie(COOKIE, key.badge, max_age=MONTH, path="/", secure=secure, httponly=True, samesite="strict")
    return entered
