#!/usr/bin/env python
"""`manage.py run | serve | prepare` are Lynkr's own; everything else is Django's (`manage.py help`)."""

from __future__ import annotations

import sys

from lynkr_site import commands

if __name__ == "__main__":
    sys.exit(commands.main(sys.argv))
