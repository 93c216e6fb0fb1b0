"""Photograph the report of a run for the documentation: python docs/pictures.py RUN_FOLDER [--browser PATH].

Needs a Chromium or Chrome. A headless browser does not scroll to an anchor before it takes a picture, so each picture
is that of a copy of the report in which what does not belong to it is hidden. Exit code 1 with a message if one fails.
"""

from __future__ import annotations

import argparse
import shutil
import struct
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WIDTH_PX = 1280
LARGEST_BYTES = 250_000
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Picture:
    """A picture of the report: its file name, its height in pixels and the CSS that leaves only what it shows."""

    name: str
    height_px: int
    css: str


EXPLORER = Picture(
    "explorer.png",
    960,
    "header.bar, main > section:not(#explorer), footer { display: none !important }"
    " #main, #explorer { margin-top: 0; border: 0 }",
)
"""Of the page of a sweep."""
PICTURES = (
    Picture("report.png", 940, ""),
    Picture(
        "procurement.png",
        1230,
        "header.bar, main > section:not(#design), #design > *:not(#chart-timeline), #chart-timeline .scroll, footer"
        " { display: none !important } #main, #design { margin-top: 0; padding-top: 0; border: 0 }",
    ),
)


def light(report: str, css: str) -> str:
    """The page in its light theme with a further style; its own policy allows inline styles."""
    page = report.replace('<html lang="en">', '<html lang="en" data-theme="light">', 1)
    return page.replace("</head>", f"<style>{css}</style></head>", 1)


def photograph(browser: str, page: Path, picture: Path, height_px: int) -> None:
    """Write the picture of a page. Raises CalledProcessError or TimeoutExpired if the browser fails."""
    with tempfile.TemporaryDirectory() as profile:
        command = [
            browser,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            "--force-device-scale-factor=1",
            "--virtual-time-budget=5000",
            f"--user-data-dir={profile}",
            f"--window-size={WIDTH_PX},{height_px}",
            f"--screenshot={picture}",
            page.as_uri(),
        ]
        subprocess.run(command, check=True, capture_output=True, timeout=120)


def complaint(picture: Path, height_px: int) -> str | None:
    """What is wrong with a picture taken, or None."""
    if not picture.is_file():
        return f"{picture.name} was not written"
    data = picture.read_bytes()
    width, height = struct.unpack(">II", data[16:24])
    if (width, height) != (WIDTH_PX, height_px):
        return f"{picture.name} is {width} x {height}, not {WIDTH_PX} x {height_px}"
    if not 20_000 <= len(data) <= LARGEST_BYTES:
        return f"{picture.name} has {len(data):,} bytes: empty, or too large for the repository"
    return None


def main() -> int:
    """Take the pictures of the run named on the command line."""
    parser = argparse.ArgumentParser(description="Photograph the report of a run for the documentation.")
    parser.add_argument("run", type=Path, help="folder of a run, with report.html, or of a sweep, with study.html")
    parser.add_argument("--browser", default=next(filter(None, map(shutil.which, BROWSERS)), None))
    given = parser.parse_args()
    study = given.run / "study.html"
    source, pictures = (study, (EXPLORER,)) if study.is_file() else (given.run / "report.html", PICTURES)
    if given.browser is None or not source.is_file():
        why = "no Chromium found: give --browser" if source.is_file() else f"no report: {source}"
        sys.stderr.write(f"{why}\n")
        return 1
    report = source.read_text(encoding="utf-8")
    for kind in pictures:
        picture = (HERE / "pictures" / kind.name).resolve()
        picture.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory() as folder:
            page, taken = Path(folder) / "page.html", Path(folder) / kind.name
            page.write_text(light(report, kind.css), encoding="utf-8")
            photograph(given.browser, page, taken, kind.height_px)
            if found := complaint(taken, kind.height_px):
                sys.stderr.write(f"{found}\n")
                return 1
            shutil.copyfile(taken, picture)
        sys.stdout.write(f"wrote docs/pictures/{kind.name} ({picture.stat().st_size:,} bytes)\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
