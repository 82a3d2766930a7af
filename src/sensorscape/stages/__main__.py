"""Run one stage: ``python -m sensorscape.stages NAME``, as dvc.yaml does through ``src/stage``."""

import sys

from sensorscape.quiet import print_anywhere, silence_tools

silence_tools()
print_anywhere()

from sensorscape.stages.runner import main  # noqa: E402 - the tools read their switches when they are imported

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
