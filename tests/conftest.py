"""What all tests share."""

from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parents[1]

# The same examples on every run and machine, no database left behind, no limit on time (machines differ). To look
# for new ones: pytest --hypothesis-profile=search
settings.register_profile("house", derandomize=True, database=None, deadline=None)
settings.register_profile("search", derandomize=False, database=None, deadline=None, max_examples=2000)
settings.load_profile("house")


@pytest.fixture
def sample_media():
    """The folder of the sample media that ship with the project."""
    return ROOT / "media" / "sample"


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    """An empty folder that is the working directory too."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
