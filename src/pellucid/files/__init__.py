"""Models in files: descriptions and arrays only, no code and no pickle."""
