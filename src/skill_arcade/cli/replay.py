"""`skill-arcade replay`."""

from __future__ import annotations

import argparse
from pathlib import Path

from skill_arcade.cli.options import add_data_option, add_json_option
from skill_arcade.cli.table import print_json
from skill_arcade.dataset import write_frames
from skill_arcade.domain.errors import SkillArcadeError
from skill_arcade.server.recordings import open_recordings
from skill_arcade.server.settings import read_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tell the parser what the command takes."""
    add_data_option(parser)
    parser.add_argument("episode", metavar="EPISODE", help="its id")
    parser.add_argument(
        "--frames", type=Path, required=True, metavar="FOLDER", help="where 000000.png, 000001.png, … go"
    )
    parser.add_argument("--start", type=int, default=0, metavar="STEP", help="the first picture (0)")
    parser.add_argument("--stop", type=int, metavar="STEP", help="one beyond the last picture (all)")
    add_json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write the pictures."""
    episode = open_recordings(read_settings(data=arguments.data)).episode(arguments.episode)
    try:
        n_pictures = write_frames(episode, arguments.frames, arguments.start, arguments.stop)
    except OSError as error:
        raise SkillArcadeError(f"Pictures cannot be written to {arguments.frames}: {error.strerror}.") from None
    if arguments.json:
        print_json({"episode_id": str(episode.id), "folder": str(arguments.frames), "n_pictures": n_pictures})
    else:
        print(f"{n_pictures} pictures in {arguments.frames}")
    return 0
