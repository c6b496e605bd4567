"""Known shapes of tokens, and text without them."""

import base64
import functools
import json
import re
import urllib.parse

_SCHEME = r"[a-z][a-z0-9+.-]{1,20}://[^\s:/@{}<>$'\"\\]{1,80}"
_PLACEHOLDER = r"(?![<{$*%]|(?i:your|my|xxx|example|token|secret|key|password))"
_IS = r"[\\\"']{0,3}\s{0,3}[=:]\s{0,3}[\\\"']{0,3}"
_AFTER_COLON = r"[^\s:/@{}<>$'\"\\]{3,120}"

BEARER = "a bearer token"
CONNECTION = "a password in a connection string"
SHAPES: tuple[tuple[str, str], ...] = (
    ("an OpenAI or Anthropic key", r"sk-(?:ant-|proj-|svcacct-|or-v1-)?[A-Za-z0-9_-]{20,}"),
    ("a GitHub token", r"(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{50,})"),
    ("an AWS access key", r"(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])"),
    (
        "an AWS secret key",
        r"(?i:secret_?access_?key)" + _IS + r"(?!x{40}|[A-Za-z0-9/+]{0,34}EXAMPLE)"
        r"[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])",
    ),
    ("a Google key", r"AIza[A-Za-z0-9_-]{35}"),
    ("a Google token", r"ya29\.[A-Za-z0-9_-]{20,}"),
    ("a Hugging Face token", r"(?<![A-Za-z0-9_])hf_[A-Za-z0-9]{30,}"),
    ("a GitLab token", r"glpat-[A-Za-z0-9_-]{20,}"),
    ("a Slack token", r"xox[abeprs]-[A-Za-z0-9-]{10,}"),
    ("a Databricks token", r"(?<![a-z0-9])dapi[0-9a-f]{32}"),
    ("a Groq key", r"(?<![A-Za-z0-9_])gsk_[A-Za-z0-9]{40,}"),
    ("a Perplexity key", r"pplx-[A-Za-z0-9]{40,}"),
    ("a Replicate token", r"(?<![A-Za-z0-9_])r8_[A-Za-z0-9]{30,}"),
    ("an npm token", r"(?<![A-Za-z0-9_])npm_[A-Za-z0-9]{36}"),
    ("a PyPI token", r"pypi-AgEI[A-Za-z0-9_-]{50,}"),
    ("a SendGrid key", r"SG\.[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{30,}"),
    ("a Stripe key", r"(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{20,}"),
    ("a JSON web token", r"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}"),
    ("a private key", r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"),
    ("an Azure storage key", r"(?:AccountKey|SharedAccessKey)=[A-Za-z0-9+/=]{40,}"),
    (
        "a password in a URL",
        _SCHEME + r":(?!\*|pass(?:word)?@|secret@|pw@)" + _AFTER_COLON + r"@[A-Za-z0-9\[]",
    ),
    (
        "a token in a URL",
        r"https?://" + _PLACEHOLDER + r"[^\s:/@{}<>$'\"\\*?#]{12,120}@[A-Za-z0-9\[]",
    ),
    (
        "a credential in a URL",
        r"://[!#-&(-;=?-\[\]-~]{1,300}[?&#](?i:api[-_]?key|(?:access|auth|id)?[-_]?token|sig(?:nature)?|"
        r"(?:client[-_]?)?secret|password|pwd|subscription-key)="
        + _PLACEHOLDER
        + r"[A-Za-z0-9._~+/=%:-]{8,}",
    ),
    (
        CONNECTION,
        r"(?i:\b(?:server|host|hostname|data source|uid|user|user id|username|dbname|database|driver)=)"
        r"[^\s;\"'<>{}$]{1,100}[; ](?:[^\"'\n<>{}$]{0,200}[; ])?(?i:pwd|password)="
        + _PLACEHOLDER
        + r"[^\s;\"'<>{}$%]{6,100}",
    ),
    (
        "a password of curl",
        r"\bcurl (?:[^\n]{0,200}[ \t\\])?(?:-[A-Za-z]{0,8}u ?|--user[ =])[\\\"']{0,3}"
        r"[^\s:/\"'<>{}$]{1,80}:"
        + _PLACEHOLDER
        + r"(?!client_secret|personal_|changeme|change_me)[^\s\"'<>{}$]{6,100}",
    ),
    (BEARER, r"\b[Bb]earer " + _PLACEHOLDER + r"[A-Za-z0-9._~+/=-]{16,}"),
)
"""What each is called, and a regular expression for it."""

HINTS: dict[str, tuple[str, ...]] = {
    "an OpenAI or Anthropic key": ("sk-",),
    "a GitHub token": ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
    "an AWS access key": ("AKIA", "ASIA"),
    "an AWS secret key": (
        "ccess_key",
        "CCESS_KEY",
        "ccess_Key",
        "ccessKey",
        "ccesskey",
        "CCESSKEY",
    ),
    "a Google key": ("AIza",),
    "a Google token": ("ya29.",),
    "a Hugging Face token": ("hf_",),
    "a GitLab token": ("glpat-",),
    "a Slack token": ("xox",),
    "a Databricks token": ("dapi",),
    "a Groq key": ("gsk_",),
    "a Perplexity key": ("pplx-",),
    "a Replicate token": ("r8_",),
    "an npm token": ("npm_",),
    "a PyPI token": ("pypi-AgEI",),
    "a SendGrid key": ("SG.",),
    "a Stripe key": ("k_live_", "k_test_"),
    "a JSON web token": (".eyJ",),
    "a private key": ("PRIVATE KEY-----",),
    "an Azure storage key": ("AccountKey=", "SharedAccessKey="),
    "a password in a URL": ("://",),
    "a token in a URL": ("://",),
    "a credential in a URL": ("://",),
    CONNECTION: ("assword=", "ASSWORD=", "pwd=", "Pwd=", "PWD="),
    "a password of curl": ("curl ",),
    BEARER: ("earer ",),
}
"""What is in every text of a shape: most texts hold none, and are not searched for the shape."""

LEFT_OUT = "[left out]"
_SHORTEST_FORM = 6


def redact(text: str, secrets: "dict[str, str] | None" = None) -> str:
    """Return text without token shapes and the values of known credentials."""
    for secret in sorted(secrets or (), key=len, reverse=True):
        for form in written(secret):
            text = text.replace(form, LEFT_OUT)
    for name, shape in SHAPES:
        if any(hint in text for hint in HINTS[name]):
            text = re.sub(shape, LEFT_OUT, text)
    return text


@functools.lru_cache(maxsize=1024)
def written(secret: str) -> tuple[str, ...]:
    """Return the ways in which text repeats a secret, longest first.

    As it is; escaped as JSON, Python and URLs do; in hexadecimal; and in base64, as in the header
    of a login.
    """
    raw = secret.encode("utf-8", "surrogatepass")
    forms = {
        secret,
        json.dumps(secret)[1:-1],
        repr(secret)[1:-1],
        urllib.parse.quote(secret, safe="", errors="surrogatepass"),
        raw.hex(),
        raw.hex().upper(),
    }
    for shift in range(3):  # base64 depends on where in a text the credential begins
        encoded = base64.b64encode(b"\0" * shift + raw).rstrip(b"=")
        inner = encoded[-(-shift * 8 // 6) :]
        forms.add((inner[:-1] if len(raw) % 3 != (3 - shift) % 3 else inner).decode())
    long = (form for form in forms if len(form) >= _SHORTEST_FORM)
    return tuple(sorted(long, key=len, reverse=True))
