"""The thread pools of libraries: a test process runs thousands of stages, and each would search its memory for them."""

import sys

from threadpoolctl import ThreadpoolController


def remember_pools():
    """Search for thread pools only if a module was imported since the last search (4 ms)."""
    search = ThreadpoolController._load_libraries
    found = {}

    def remembered(self):
        modules = len(sys.modules)
        if modules not in found:
            search(self)
            found.clear()
            found[modules] = list(self.lib_controllers)
        self.lib_controllers = list(found[modules])

    ThreadpoolController._load_libraries = remembered
