"""The one error that building the sample media can end with."""


class SampleMediaError(Exception):
    """What is missing or wrong, in one line, and what to do."""
