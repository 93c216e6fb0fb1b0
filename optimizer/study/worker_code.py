"""Imported by the server that forks the workers before all else: data classes it loads run code that is kept."""

from optimizer.reading.class_code import use_kept_class_code

CODE = use_kept_class_code()
