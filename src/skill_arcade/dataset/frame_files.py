"""The pictures of an episode as one PNG file each."""

from __future__ import annotations

from pathlib import Path

from skill_arcade.dataset.episode import Episode
from skill_arcade.domain.png import encode_png


def write_frames(episode: Episode, folder: Path, start: int = 0, stop: int | None = None) -> int:
    """Write pictures `start` … `stop` - 1 (all, by default) as `000000.png`, …, in RGB; how many there were.

    Args:
        episode: whose pictures.
        folder: made if it is not there; files of the same names are replaced.
        start: the first picture.
        stop: one beyond the last picture; None for all.
    """
    folder.mkdir(parents=True, exist_ok=True)
    form = episode.info.picture_format
    n_pictures = 0
    for step, picture in episode.frames(start, stop):
        (folder / f"{step:06d}.png").write_bytes(encode_png(form.to_rgb(picture)))
        n_pictures += 1
    return n_pictures
