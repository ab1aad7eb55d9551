"""The words a sidecar may use for who sits on which side of the table."""

from __future__ import annotations

import unicodedata

# role → the words for it, the first one as docs have it
ROLE_WORDS = {
    "customer": ("customer", "client", "user", "顧客", "お客様", "お客さま", "お客さん", "客", "クライアント", "取引先"),
    "csm": ("csm", "cs", "vendor", "カスタマーサクセス", "カスタマーサクセスマネージャー", "伴走者", "支援者", "ベンダー", "自社", "弊社"),
    "other": ("other", "guest", "その他", "他", "第三者", "同席", "同席者", "オブザーバー", "司会"),
}  # fmt: skip
_ROLES = {word: role for role, words in ROLE_WORDS.items() for word in words}


def role_of(word: str) -> str:
    """The role a word names: customer, csm or other.

    Raises:
        ValueError: another word; the message lists those that are known.
    """
    role = _ROLES.get("".join(unicodedata.normalize("NFKC", word).split()).lower())
    if role is None:
        known = "; ".join(f"{name} ({', '.join(words[1:])})" for name, words in ROLE_WORDS.items())
        raise ValueError(f"{word!r} is no role; the roles are {known}")
    return role
