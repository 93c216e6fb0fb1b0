"""What a thing of some age fetches, as a share of the price paid: `docs/model.md`, section 2. Pure."""

from __future__ import annotations

from itertools import pairwise

from optimizer.inputs.quantity import Resale


def resale_fraction(resale: Resale, age_years: float) -> float:
    """Linear between the rows; the first fraction below the first age, the last beyond the last.

    Raises ValueError if there is no row: a straight line over the life is another rule.
    """
    if not resale:
        raise ValueError("no value by age is stated")
    for younger, older in pairwise(resale):
        if younger.years <= age_years < older.years:
            share = (age_years - younger.years) / (older.years - younger.years)
            return younger.fraction + share * (older.fraction - younger.fraction)
    return resale[0].fraction if age_years < resale[0].years else resale[-1].fraction
