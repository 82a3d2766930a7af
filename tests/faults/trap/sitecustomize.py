"""Python loads this by itself when its folder is on PYTHONPATH: something happens when a certain function is called.

SENSORSCAPE_TRAP is ``module:function:call:action`` (several are separated by spaces): at the `call`-th call (from 1) of the function in a
process, before it runs, the action is done:

    kill         this process is killed by SIGKILL
    kill=PID     another process is; a group of processes with a minus before it
    remove=PATH  a folder is removed
    touch=PATH   a file is made, and this process waits for a signal
    back=HOURS   from now on the clock of this process is that much behind
"""

import importlib.abc
import importlib.machinery
import os
import pathlib
import shutil
import signal
import sys
import time


class Trap(importlib.abc.MetaPathFinder):
    """Patches one function of one module as soon as that is imported."""

    def __init__(self, module, function, call, action):
        self.module, self.function, self.call, self.action, self.calls = module, function, int(call), action, 0

    def find_spec(self, name, path, _target=None):
        if name != self.module:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        execute = spec.loader.exec_module

        def and_patch(module):
            execute(module)
            owner = module
            *outer, last = self.function.split(".")
            for part in outer:
                owner = getattr(owner, part)
            sprung = self.sprung(getattr(owner, last))
            setattr(owner, last, staticmethod(sprung) if isinstance(owner.__dict__[last], staticmethod) else sprung)

        spec.loader.exec_module = and_patch
        return spec

    def sprung(self, function):
        def call(*arguments, **options):
            self.calls += 1
            if self.calls == self.call:
                self.act()
            return function(*arguments, **options)

        return call

    def act(self):
        name, _, value = self.action.partition("=")
        if name == "kill":
            group = value.startswith("-")
            (os.killpg if group else os.kill)(int(value.lstrip("-") or os.getpid()), signal.SIGKILL)
        elif name == "remove":
            shutil.rmtree(value)
        elif name == "touch":
            pathlib.Path(value).touch()
            time.sleep(600)
        elif name == "back":
            now = time.time
            time.time = lambda: now() - 3600 * float(value)


for text in os.environ.get("SENSORSCAPE_TRAP", "").split():
    sys.meta_path.insert(0, Trap(*text.split(":", 3)))
