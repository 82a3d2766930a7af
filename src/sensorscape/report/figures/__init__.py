"""One figure a file: the footprint's tables in, the axes and the plotted table out, and words on how to read it."""
