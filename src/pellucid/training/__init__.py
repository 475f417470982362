"""Training: the loop over epochs, once for all engines, with stopping, history, diagnostics and callbacks."""
