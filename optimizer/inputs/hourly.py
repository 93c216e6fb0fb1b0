"""Series by the hour as a design holds them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

LONGEST_SERIES = 200_000
"""Characters of a packed series: 8,760 numbers that do not compress at all need 93,444."""

Hourly = Annotated[str, Field(max_length=LONGEST_SERIES, pattern=r"^[A-Za-z0-9+/=]*$")]
"""A series over the hours kept: base64 of the zlib-compressed little-endian float64 values; empty: all zeros."""
