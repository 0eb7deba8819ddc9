"""The extensions of outputs: quick to import, for command lines. The writers have a format for each."""

from __future__ import annotations

SOUND_ENDINGS = (".mp3", ".wav", ".flac", ".ogg", ".m4a")
PICTURE_ENDINGS = (".png", ".svg", ".pdf")
TABLE_ENDINGS = (".csv", ".tsv")
FILM_ENDINGS = (".mp4", ".m4v", ".mov", ".mkv")
# A name with one of these is meant as that of a file.
FILE_ENDINGS = (*SOUND_ENDINGS, *PICTURE_ENDINGS, *TABLE_ENDINGS, *FILM_ENDINGS, ".html", ".zip")
