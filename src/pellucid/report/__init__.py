"""What is said of a trained model: metrics, baselines, curves."""
