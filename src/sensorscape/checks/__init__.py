"""Quality control of patches and runs: expectations over tables, and verdicts with reasons. The only importer of great_expectations."""
