"""The chapter: layers, activations, losses, back propagation and updates, as pure functions of arrays.

Read in this order: structure, starting_weights, activations, losses, forward, observation, batch, dropout, sensitivity,
objective, updates.
"""
