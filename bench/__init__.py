"""Measurements of what the product promises; run with `python3 run.py bench [name …]`."""
