"""Pictures of networks, activations and gradients, as SVG that we write ourselves."""
