"""The page of a trace: its steps, its numbers by name, its equations, and the scripts that recompute them."""
