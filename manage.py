#!/usr/bin/env python3
"""Runs Vigil's administrative commands."""

import os
import sys


def main() -> None:
    """Runs the command named on the command line under the project's settings."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
