"""What is done as soon as a script is being loaded: its first import, `from lib import cli`, imports this first.

Python 3.8 can read this file and those before it, so that such a one is refused in a line.
"""

from lib import is_script, prepare_script

if is_script():
    prepare_script()
