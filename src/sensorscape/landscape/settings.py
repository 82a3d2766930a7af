"""What the measures need to be told: the params' section `footprint`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Choices of a footprint.

    Attributes:
        budget: epochs of the eight metrics (the paper's 36).
        late_budget: epochs it is compared with (the paper's 108).
        persistence_to: P is given at this N and AuC averages N = 1 … this.
        optima_neighbours: a sample optimum is better than all of its this many nearest models.
        bootstrap: replicates of every interval.
        seed: of everything drawn.
    """

    budget: int
    late_budget: int
    persistence_to: int = 25
    optima_neighbours: int = 10
    bootstrap: int = 1000
    seed: int = 0
