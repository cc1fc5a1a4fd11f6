"""PDF files from facts: `make_pdf` in `core/pdf/maker.py`, the house style in `core/pdf/base.typ` (docs/adr/0033)."""
