"""A synthetic So2Sat by the least physics that is honest: geography, one scene per polygon, radar and optical views of it.

Nothing here knows which sensors will be trained. A class acts only through the structure of its scenes (cover fractions, heights,
footprints): there is no gain, noise or texture keyed by class.
"""
