"""Tables that tests/parity/make_tables.py measured on the releases; no code lives here."""
