"""What is said of a trained model: metrics and baselines."""
