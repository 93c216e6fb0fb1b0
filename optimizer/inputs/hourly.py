"""Series by the hour as a design holds them."""

from __future__ import annotations

import base64
import binascii
import zlib
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LONGEST_SERIES = 200_000
"""Characters of a packed series: 8,760 numbers that do not compress at all need 93,444."""

Hourly = Annotated[str, Field(max_length=LONGEST_SERIES, pattern=r"^[A-Za-z0-9+/=]*$")]
"""A series over the hours kept: base64 of the zlib-compressed little-endian float64 values; empty: all zeros."""


def pack_hours(values: NDArray[np.float64]) -> str:
    """A series as text; all zeros give the empty text."""
    if not values.any():
        return ""
    return base64.b64encode(zlib.compress(values.astype("<f8").tobytes(), 9)).decode("ascii")


def unpack_hours(text: str, hours: int) -> NDArray[np.float64]:
    """The series of a text, shape (hours,). Raises ValueError if it is damaged, of another length, or not finite."""
    import numpy as np

    if not text:
        return np.zeros(hours)
    try:
        packed = base64.b64decode(text, validate=True)
        # One byte more than wanted: what would unpack to more is refused without unpacking it all.
        raw = zlib.decompressobj().decompress(packed, 8 * hours + 1)
    except (binascii.Error, zlib.error) as error:
        raise ValueError(f"a series that cannot be unpacked ({error})") from None
    if len(raw) != 8 * hours:
        raise ValueError(f"a series that does not hold {hours} values")
    values = np.frombuffer(raw, dtype="<f8").astype(np.float64)
    if not np.isfinite(values).all():
        raise ValueError("a series with values that are not finite")
    return values
