"""Running scripts in this process."""


def status_of(run, *words):
    """Return the exit status of a script's `main`, or of what calls it, with these words: argparse's endings too."""
    try:
        return run(*words)
    except SystemExit as ended:
        return ended.code
