"""The fitness of a cell: network, recipe, feed, loop, kappa, checkpoints, and the fleet that trains many of them."""
