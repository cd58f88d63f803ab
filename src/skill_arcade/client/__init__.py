"""A small client that plays headless, over the same protocol as the web app; its episodes are marked `scripted`.

Example:
    async with ArcadeClient("http://127.0.0.1:8080") as arcade:
        await arcade.login_as_guest()
        async with arcade.play("Breakout.v0") as game:
            await game.start()
            await game.press("Space")
            while not game.is_over:
                await game.next_picture()
                print(game.step, game.score, game.picture.shape)

`docs/reference/python-client.md` has the rest.
"""

from __future__ import annotations

from skill_arcade.client.arcade import ArcadeClient, Refused
from skill_arcade.client.game import ConnectionLost, LiveGame, ProtocolError

__all__ = ["ArcadeClient", "ConnectionLost", "LiveGame", "ProtocolError", "Refused"]
