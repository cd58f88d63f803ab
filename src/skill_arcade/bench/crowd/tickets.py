"""Tickets for one person of a crowd: the first, and those with which a lost connection is taken up again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from skill_arcade.bench.crowd.event_loop import EventLoop, read_us
from skill_arcade.bench.crowd.http_call import Answer, HttpCall

FIRST_WAIT_S, SECOND_WAIT_S, LONGEST_WAIT_S = 0.2, 1.0, 15.0
"""Before the first attempt to come back and the second, as in the web app; then each is twice as long (LIVE-70)."""

_CREATED = 201


class CrowdFailed(Exception):
    """The server answered what nobody can play on."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """The right to open one socket, and where it is."""

    game_id: str
    socket_url: str


class TicketOffice:
    """Asks the server on behalf of one person, who is logged in first."""

    def __init__(self, loop: EventLoop, url: str) -> None:
        self._loop, self._url = loop, url
        self._token: str | None = None

    def log_in(self, then: Callable[[], None]) -> None:
        """Become somebody without a name; a server that is busy or away for a moment is asked again."""

        def take(answer: Answer) -> None:
            if _may_pass(answer):
                self._loop.call_in(SECOND_WAIT_S, lambda: self.log_in(then))
                return
            self._token = str(_require_body(answer)["token"])
            then()

        HttpCall(self._loop, self._url, "POST", "/auth/login", take, body={"guest": True})

    def fetch_keys(self, game_id: str, tell: Callable[[tuple[str, ...]], None]) -> None:
        """The codes of the keys that do something in a game."""

        def take(answer: Answer) -> None:
            controls = _require_body(answer)["controls"]
            assert isinstance(controls, list)
            tell(tuple(sorted({key for control in controls for key in control["keys"]})))

        HttpCall(self._loop, self._url, "GET", f"/games/{game_id}", take, token=self._token)

    def ask(self, wish: Mapping[str, str], tell: Callable[[Ticket | Answer], None]) -> None:
        """`POST /play-tickets`: a ticket, or why there is none now.

        Args:
            wish: `game_id`; or `episode_id` and `resume_token`.
            tell: told the ticket. Told an answer where another try may have more luck, or the episode is over.
        """

        def take(answer: Answer) -> None:
            if answer.status == _CREATED:
                path = str(answer.body["path"])
                tell(Ticket(str(answer.body["game_id"]), "ws" + self._url.removeprefix("http") + path))
            elif _may_pass(answer) or answer.code == "episode_ended":
                tell(answer)
            else:
                _require_body(answer)

        HttpCall(self._loop, self._url, "POST", "/play-tickets", take, token=self._token, body=wish)


class WayBack:
    """Brings a player whose connection was lost back into the episode."""

    def __init__(
        self, loop: EventLoop, office: TicketOffice, until_us: int, come: Callable[[Ticket | None], None]
    ) -> None:
        """Be ready.

        Args:
            loop: waits.
            office: gives tickets.
            until_us: after this nobody tries any more.
            come: told the ticket, or None: the episode is over, or it is too late.
        """
        self._loop, self._office, self._until_us, self._come = loop, office, until_us, come
        self._n_attempts = 0

    def arrive(self) -> None:
        """The player is back: the next wait is a short one again."""
        self._n_attempts = 0

    def set_out(self, wish: Mapping[str, str], at_least_s: float = 0.0) -> None:
        """Wait, and ask for a ticket until there is one."""
        if read_us() >= self._until_us:
            self._come(None)
            return
        wait_s = max(compute_back_off_s(self._n_attempts), at_least_s)
        self._n_attempts += 1

        def take(answer: Ticket | Answer) -> None:
            if isinstance(answer, Ticket):
                self._come(answer)
            elif _may_pass(answer):
                self.set_out(wish, answer.retry_after_s or 0.0)
            else:
                self._come(None)

        self._loop.call_in(wait_s, lambda: self._office.ask(wish, take))


def compute_back_off_s(n_attempts: int) -> float:
    """The wait after so many attempts that failed."""
    if n_attempts == 0:
        return FIRST_WAIT_S
    return min(SECOND_WAIT_S * 2.0 ** (n_attempts - 1), LONGEST_WAIT_S)


def _may_pass(answer: Answer) -> bool:
    """Whether asking again may help: nobody answered, the server is full or in trouble, the old socket still stands."""
    return answer.status == 0 or answer.status >= 500 or answer.code == "episode_in_use"


def _require_body(answer: Answer) -> Mapping[str, object]:
    """The body of an answer that is none of trouble.

    Raises:
        CrowdFailed: it is.
    """
    if answer.status == 0 or answer.status >= 400:
        raise CrowdFailed(f"{answer.status} {answer.code}: {answer.body.get('detail', 'nobody answered')}")
    return answer.body
