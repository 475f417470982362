"""Ways to run the chapter fast: all obey one protocol (protocol.py) and agree to rounding."""
