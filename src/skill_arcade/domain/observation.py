"""What an environment's observation is, where it is not the picture itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class ObservationKind:
    """How the bytes of every observation of an episode are to be read.

    Attributes:
        is_picture: the observation is the picture; then there are no observation bytes.
        dtype: numpy's name of the elements, such as "float32"; None where the observation is the picture.
        shape: numpy shape of one observation; None where it is the picture.
    """

    is_picture: bool
    dtype: str | None = None
    shape: tuple[int, ...] | None = None

    def parse(self, data: bytes) -> npt.NDArray[np.generic]:
        """One observation from its bytes (REC-22): dtype `dtype`, shape `shape`, read-only.

        Raises:
            ValueError: these are not the bytes of such an observation.
        """
        if self.dtype is None or self.shape is None:
            raise ValueError("the observation is the picture and has no bytes of its own")
        little_endian = np.dtype(self.dtype).newbyteorder("<")
        return np.frombuffer(data, little_endian).reshape(self.shape).astype(self.dtype, copy=False)
