"""At what price does a chip enter? A sweep over its price, and the break-even read off the table."""

import marimo

app = marimo.App()


@app.cell
def _():
    import tempfile

    import optimizer as op

    case = op.read("instances/minimal.toml")
    results = tempfile.mkdtemp()
    return case, op, results


@app.cell
def _(case, op, results):
    prices_usd = [6_000, 8_000, 10_000, 12_000]
    study = op.sweep(case, {"accelerators.frugal.price_usd": prices_usd}, op.StudyOptions(results=results))
    study.table[["accelerators.frugal.price_usd", "status", "value"]]
    return (study,)


@app.cell
def _(study):
    # A cheaper option never makes the best design worse: the levelised cost rises with the price, or stays.
    costs = study.table.sort_values("accelerators.frugal.price_usd")["value"]
    assert costs.is_monotonic_increasing
    return (costs,)


if __name__ == "__main__":
    app.run()
