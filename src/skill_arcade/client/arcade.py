"""The HTTP side: who one is, what games there are, tickets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Literal, Self

import httpx

from skill_arcade.client.game import Later, LiveGame
from skill_arcade.client.game_keys import list_keys
from skill_arcade.wire.from_server import Ended

_NO_REFUSAL = "unexpected"
"""The code of an answer that is none of LIVE-3: something stands between here and the server."""

_LONGEST_WAIT_S = 60.0
"""A server that asks for more is asked sooner, since another one may answer."""


class Refused(Exception):
    """The server said no.

    Attributes:
        status: the HTTP status.
        code: the word of LIVE-3.
        detail: a sentence for a person.
        retry_after_s: when to ask again, where the server said it.
    """

    def __init__(self, status: int, code: str, detail: str, retry_after_s: float | None = None) -> None:
        self.status, self.code, self.detail, self.retry_after_s = status, code, detail, retry_after_s
        super().__init__(f"{status} {code}: {detail}")


class ArcadeClient:
    """One person's (or program's) view of a server. Use it as an async context manager.

    Args:
        base_url: such as "http://127.0.0.1:8080".
        token: of an earlier login, if there is one.
    """

    def __init__(self, base_url: str, token: str | None = None) -> None:
        self._base_url = base_url.rstrip("/")
        # trust_env: a proxy of the environment has no business between a program and its own machine.
        self._http = httpx.AsyncClient(base_url=self._base_url, timeout=30.0, trust_env=False)
        self.token = token

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def login_as_guest(self) -> None:
        """Become somebody without a name."""
        await self._login({"guest": True})

    async def login(self, email: str) -> None:
        """Become the person with this address (at once on loopback; elsewhere the server says what to do)."""
        await self._login({"email": email})

    async def _login(self, who: dict[str, Any]) -> None:
        self.token = (await self.call("POST", "/auth/login", json=who))["token"]

    async def games(self) -> list[dict[str, Any]]:
        """`GET /games`."""
        listed: list[dict[str, Any]] = (await self.call("GET", "/games"))["games"]
        return listed

    async def episodes(self, **query: str) -> list[dict[str, Any]]:
        """`GET /episodes`."""
        listed: list[dict[str, Any]] = (await self.call("GET", "/episodes", params=query))["episodes"]
        return listed

    async def ticket(
        self,
        *,
        game_id: str | None = None,
        options: Mapping[str, bool | float | str] | None = None,
        episode_id: str | None = None,
        resume_token: str | None = None,
    ) -> dict[str, Any]:
        """`POST /play-tickets` for a new episode, or for one to resume (LIVE-2)."""
        body = {
            "game_id": game_id,
            "options": dict(options) if options else None,
            "episode_id": episode_id,
            "resume_token": resume_token,
        }
        return await self.call("POST", "/play-tickets", json={k: v for k, v in body.items() if v is not None})

    async def call(
        self,
        method: str,
        path: str,
        *,
        json: dict[str, Any] | None = None,
        params: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """Any call; its JSON.

        Raises:
            Refused: the server answered with an error.
            ConnectionError: nobody answered.
        """
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        try:
            answer = await self._http.request(method, path, headers=headers, json=json, params=params)
        except httpx.TransportError as error:
            raise ConnectionError(str(error)) from error
        body = _read_object(answer)
        if answer.is_error or body is None:
            raise _refusal_of(answer, body or {})
        return body

    async def _reticket(self, episode_id: str, resume_token: str) -> str | Ended | Later:
        """A ticket to go on with, from whichever server answers now."""
        try:
            return self.socket_url(await self.ticket(episode_id=episode_id, resume_token=resume_token))
        except ConnectionError:
            return Later()
        except Refused as refused:
            # Neither a server that is full, or waits for another one, nor what stands in between ends a game.
            if refused.status >= httpx.codes.INTERNAL_SERVER_ERROR or refused.code in ("episode_in_use", _NO_REFUSAL):
                return Later(min(refused.retry_after_s or 0.0, _LONGEST_WAIT_S))
            if refused.code == "episode_ended":
                return await self._fetch_end(episode_id)
            raise

    async def _fetch_end(self, episode_id: str) -> Ended:
        """How an episode ended, for one who was not there to be told."""
        row = await self.call("GET", f"/episodes/{episode_id}")
        return Ended(
            status=row["status"],
            reason=row["end_reason"],
            n_steps=row["n_steps"],
            score=row["score"],
            metric=row["metric"],
        )

    def socket_url(self, ticket: dict[str, Any]) -> str:
        """Where to connect with a ticket."""
        return "ws" + self._base_url.removeprefix("http") + str(ticket["path"])

    @asynccontextmanager
    async def play(
        self,
        game_id: str | None = None,
        *,
        options: Mapping[str, bool | float | str] | None = None,
        episode_id: str | None = None,
        resume_token: str | None = None,
        reconnects: bool = True,
        played_by: Literal["agent", "scripted"] = "scripted",
    ) -> AsyncIterator[LiveGame]:
        """Play a new episode of a game, or go on with one.

        Args:
            game_id: for a new episode.
            options: of the game (`options` in `GET /games`), by name; those left out have their defaults.
            episode_id: to go on with one.
            resume_token: for `episode_id`; an owner may do without after ten seconds of silence.
            reconnects: whether a lost connection is taken up again by itself.
            played_by: how the episode is marked.
        """
        ticket = await self.ticket(game_id=game_id, options=options, episode_id=episode_id, resume_token=resume_token)
        game_id = str(ticket["game_id"])
        async with LiveGame(
            self.socket_url(ticket),
            reticket=self._reticket if reconnects else None,
            played_by=played_by,
            keys=list_keys(await self.call("GET", f"/games/{game_id}"), await self._own_keys(game_id)),
        ) as game:
            yield game

    async def _own_keys(self, game_id: str) -> dict[str, str]:
        """For keys of a game, those that this person has set in their place."""
        owns = (await self.call("GET", "/me/games"))["games"]
        return next((own["keys"] for own in owns if own["game_id"] == game_id), {})


def _read_object(answer: httpx.Response) -> dict[str, Any] | None:
    """The JSON object of an answer; None where it has none."""
    try:
        body = answer.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _refusal_of(answer: httpx.Response, body: Mapping[str, Any]) -> Refused:
    """What was said; or that it was nothing that a server of games says."""
    sentence = f"The server answered with status {answer.status_code}."
    try:
        retry_after_s: float | None = max(0.0, float(answer.headers["Retry-After"]))
    except (KeyError, ValueError):  # there is none, or it is a date
        retry_after_s = None
    return Refused(answer.status_code, body.get("code", _NO_REFUSAL), body.get("detail", sentence), retry_after_s)
