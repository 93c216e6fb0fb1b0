"""The tables of assets in the order of `Instance`: those whose row class holds an `about`."""

from __future__ import annotations

from typing import get_args

from optimizer.inputs.asset_text import AssetText
from optimizer.inputs.schema import Instance


def _about(table: str) -> AssetText | None:
    kinds = get_args(Instance.model_fields[table].annotation)
    about = getattr(kinds[-1], "about", None) if kinds else None
    return about if isinstance(about, AssetText) else None


ASSET_TABLES: dict[str, AssetText] = {
    table: about for table in Instance.model_fields if (about := _about(table)) is not None
}
"""Name of the table in an instance to what is said of it."""
