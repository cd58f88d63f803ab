"""What is said of a request that failed: which store, what it said, and what to do."""

from __future__ import annotations

from http import HTTPStatus

from skill_arcade.archive.bucket import RequestFailed
from skill_arcade.domain.errors import StorageFull

_LONGEST_QUOTE = 200

_ADVICE = {
    400: "look whether something between here and there changes what is sent",
    401: "give this machine credentials that are valid still",
    403: "let this account read, write, list and delete objects there, and look whether the machine's clock is right",
    404: "make the bucket, or set the address of another",
    429: "wait a little, and try again",
}
_ADVICE_FOR_LATER = "it is the store's own trouble, so try again"
_FULL_CODES = frozenset({"QuotaExceeded", "XMinioStorageFull"})


def explain_status(title: str, status: int, said: str, code: str = "") -> RequestFailed | StorageFull:
    """The error for an answer that says no.

    Args:
        title: of the store.
        status: of the answer; 0 where it has none.
        said: the store's own words; may be empty.
        code: the name that the service has for it, if it has one.
    """
    if status == HTTPStatus.INSUFFICIENT_STORAGE or code in _FULL_CODES:
        return StorageFull(f"{title} is full ({_quote(status, said or code)}): make room there, or raise its limit.")
    advice = _ADVICE.get(status, _ADVICE_FOR_LATER)
    # A conflict is two requests for one object at the same moment; 4xx else is an answer that will not change at once.
    may_pass = status >= 500 or status in {0, HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, 429}
    return RequestFailed(
        f"{title} refused a request ({_quote(status, said or code)}): {advice}.",
        may_pass=may_pass,
        may_have_arrived=may_pass,
    )


def explain_silence(title: str, error: BaseException) -> RequestFailed:
    """The error where no answer came, or half of one."""
    return RequestFailed(
        f"{title} could not be reached ({_words_of(error)}): look at the network, and try again.",
        may_pass=True,
        may_have_arrived=True,
    )


def explain_damage(title: str, error: BaseException) -> RequestFailed:
    """The error where what arrived here is not what was sent."""
    return RequestFailed(
        f"{title} sent something else than it has ({_words_of(error)}): try again, and look at the way there if it "
        "stays so.",
        may_pass=True,
        may_have_arrived=True,
    )


def explain_credentials(title: str, error: BaseException, advice: str) -> RequestFailed:
    """The error where this machine cannot say who asks."""
    return RequestFailed(
        f"{title} wants to know who asks, and this machine cannot say ({_words_of(error)}): {advice}.",
        may_pass=False,
        may_have_arrived=False,
    )


def explain_setting(title: str, error: BaseException) -> RequestFailed:
    """The error where what the environment says makes no client."""
    return RequestFailed(
        f"{title} cannot be asked with what the environment says ({_words_of(error)}): correct that.",
        may_pass=False,
        may_have_arrived=False,
    )


def _words_of(error: BaseException) -> str:
    """The innermost cause: libraries wrap it in sentences about themselves."""
    while (deeper := error.__cause__ or error.__context__) is not None:
        error = deeper
    return f"{type(error).__name__}: {_shorten(str(error))}".removesuffix(": ")


def _quote(status: int, said: str) -> str:
    try:
        phrase = f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        phrase = str(status)
    words = _shorten(said)
    return f"{phrase}: {words}" if words else phrase


def _shorten(words: str) -> str:
    return " ".join(words.split())[:_LONGEST_QUOTE].rstrip(".")
