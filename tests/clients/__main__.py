"""``python -m tests.clients``, which `make clients` calls."""

import sys

from .run_clients import main

sys.exit(main())
