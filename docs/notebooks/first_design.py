"""A first design: read, solve, look, change one line, compare."""

import marimo

app = marimo.App()


@app.cell
def _():
    import optimizer as op

    case = op.read("instances/minimal.toml")
    design = op.solve(case)
    design  # in a notebook: the card of the first screen
    return case, design, op


@app.cell
def _(design):
    orders = design.orders[["item", "quantity", "order_by", "total_usd"]]
    orders
    return (orders,)


@app.cell
def _(case, op):
    # One line changed: the grid connection. The file stays as it is.
    tight = op.solve(case.set("sites.paper.grid_mw", 0.09))
    return (tight,)


@app.cell
def _(design, op, tight):
    both = op.compare(as_filed=design, less_power=tight)
    both.costs  # USD per EFLOP by account
    return (both,)


@app.cell
def _(case, op):
    # Too little power for the target: which requirement, and the smallest change that would do.
    why = op.explain(case.set("sites.paper.grid_mw", 0.01))
    print(why.text)
    return (why,)


if __name__ == "__main__":
    app.run()
