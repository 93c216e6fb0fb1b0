"""The version of this release; `optimizer.__version__` to users."""

__version__ = "0.2.0"
