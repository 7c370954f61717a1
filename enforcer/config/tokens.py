"""Takes out what looks like a key, whoever it belongs to. Keys that are known here are taken out by their value."""

from __future__ import annotations

import re

from enforcer.config.secrets import MASK

_FORMS = (
    # A key block, also one that was cut off; words about one are left alone.
    r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----(?:[^-]|-(?!----)){0,10000}-----END [A-Z ]{0,40}PRIVATE KEY-----",
    r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----(?:\s|\\n){1,4}[A-Za-z0-9+/=\s\\]{20,10000}",
    r"\bsk-[A-Za-z0-9_-]{20,}",  # Anthropic, OpenAI, OpenRouter
    r"\bAIza[0-9A-Za-z_-]{35}",  # Google
    r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",  # AWS
    r"\bgh[pousr]_[A-Za-z0-9]{36,}",  # GitHub
    r"\bgithub_pat_[A-Za-z0-9_]{40,}",
    r"\bglpat-[A-Za-z0-9_-]{20,}",  # GitLab
    r"\bxox[abeprs]-[A-Za-z0-9-]{10,}",  # Slack
    r"\b(?:npm|hf)_[A-Za-z0-9]{30,}",
    r"\bpypi-[A-Za-z0-9_-]{50,}",
    r"\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",  # a signed token
    r"(?<=://)[^/\s:@]{1,100}:[^/\s:@]{1,200}(?=@)",  # a name and a password in an address
    r"(?i:(?<=secret_access_key=)|(?<=secret_access_key = )|(?<=secret_access_key: ))[A-Za-z0-9/+]{40}",
)
_ANY = re.compile("|".join(_FORMS), re.DOTALL)


def scrub_forms(text: str) -> str:
    return _ANY.sub(MASK, text)
