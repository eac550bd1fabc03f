"""Pages that show grades. Each view finds what the person may open, asks `queries`, and renders; `shown.py` makes sentences."""
