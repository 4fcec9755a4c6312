#!/usr/bin/python3
"""The picture of a report in the README: its first screen, in a headless browser.

Usage: scripts/screenshot_report.py REPORT.html PICTURE.png
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "cli"))
from report_browser import Browser, chromium  # noqa: E402


def main(page, picture):
    if chromium() is None:
        sys.exit("screenshot_report: no Chromium is installed (Debian packages chromium fonts-nanum)")
    browser = Browser(width=1200, height=1000)
    try:
        browser.open(page)
        browser.wait("document.body && document.body.dataset.ready", 120)
        browser.screenshot(picture, whole=False)
        if browser.problems:
            sys.exit(f"screenshot_report: {browser.problems}")
    finally:
        browser.close()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
