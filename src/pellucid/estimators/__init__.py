"""The estimators: scikit-learn's contract around the training loop and the encoder."""
