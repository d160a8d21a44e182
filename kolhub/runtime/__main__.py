"""What ./dev hands over to: run, story, manage, translate."""

import sys

from kolhub.runtime.launcher import main

sys.exit(main(sys.argv[1:]))
