"""`python -m voc`: the same as the `voc` command."""

import sys

from voc.cli import main

sys.exit(main())
