"""Facility optimiser: the AI or HPC centre with the least levelised cost per effective FLOP."""

__version__ = "0.1.0"
