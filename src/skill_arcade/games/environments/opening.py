"""Opens an environment: finds the adapter that gives it the face of a `Simulation`."""

from __future__ import annotations

from skill_arcade.domain.errors import EnvironmentFailed
from skill_arcade.games.environments.simulation import Simulation
from skill_arcade.games.environments.spec import EnvironmentSpec


def open_simulation(environment: EnvironmentSpec) -> Simulation:
    """Make the environment and find out its picture; not yet reset.

    Raises:
        EnvironmentFailed: there is no such environment, it raised, or it is one that cannot be played here.
    """
    # Imported here, so that a game of one kind does not load what the other kind needs.
    if environment.adapter == "atari":
        return _open_atari(environment)
    from skill_arcade.games.environments.rendered import open_rendered  # noqa: PLC0415

    return open_rendered(environment)


def _open_atari(environment: EnvironmentSpec) -> Simulation:
    try:
        from skill_arcade.games.environments.atari import AtariSimulation  # noqa: PLC0415
    except ImportError as error:
        raise EnvironmentFailed(f"{environment.env_id} needs the package ale-py.") from error
    return AtariSimulation(environment)
