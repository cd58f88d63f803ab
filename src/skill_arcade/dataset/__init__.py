"""The reader of recordings: episodes, steps, frames, verify and export; it never touches the database."""

from skill_arcade.dataset.dataset import Dataset, open_dataset, open_journal_episode
from skill_arcade.dataset.episode import Episode
from skill_arcade.dataset.episode_info import EpisodeInfo
from skill_arcade.dataset.frame_files import write_frames
from skill_arcade.dataset.verification import VerificationResult
from skill_arcade.dataset.verifier import Verifier, VerifierPool, VerifyingStopped
from skill_arcade.dataset.verify import (
    is_sealed_as_written,
    open_sealed_tables,
    verify_episode,
    verify_episodes,
    verify_journal,
)
from skill_arcade.domain.png import encode_png

__all__ = [
    "Dataset",
    "Episode",
    "EpisodeInfo",
    "VerificationResult",
    "Verifier",
    "VerifierPool",
    "VerifyingStopped",
    "encode_png",
    "is_sealed_as_written",
    "open_dataset",
    "open_journal_episode",
    "open_sealed_tables",
    "verify_episode",
    "verify_episodes",
    "verify_journal",
    "write_frames",
]
