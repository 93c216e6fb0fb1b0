"""What a worker needs to solve and audit a cell, imported once by the server that forks the workers.

Hardly anything here is used by name, and no thread is started: a search starts its own.
"""

from importlib import import_module

import highspy  # noqa: F401
import pyomo.core
import pyomo.repn.plugins.standard_form  # noqa: F401

import optimizer.assets.compute.block
import optimizer.assets.network.block
import optimizer.assets.staff.block
import optimizer.audit.audit
import optimizer.model.build
import optimizer.model.readback
import optimizer.model.tightening
import optimizer.operations.block
import optimizer.operations.dispatching
import optimizer.operations.transformer_loss
import optimizer.pipeline
import optimizer.policies.limits
import optimizer.policies.offers
import optimizer.policies.porting
import optimizer.policies.power
import optimizer.policies.procurement
import optimizer.policies.serving
import optimizer.policies.simple_purchase
import optimizer.policies.site_caps
import optimizer.policies.supercomputer
import optimizer.policies.throughput
import optimizer.policies.training
import optimizer.solve.benders
import optimizer.solve.input_keys
import optimizer.solve.search
import optimizer.solve.years
import optimizer.study.cell
import optimizer.study.main_decisions  # noqa: F401
from optimizer.model.plant import PLANT
from optimizer.solve.child import hold_signals_of_our_own_only

for _asset in PLANT:
    import_module(f"optimizer.assets.{_asset}.block")

hold_signals_of_our_own_only()
