"""How often a race is run: enough to meet what goes wrong now and then, on every run of the suite.

After a change of the locks, more: `RACES=10 python3 run.py test tests/concurrency` runs each ten times as often.
"""

import os

_TIMES = int(os.environ.get("RACES", "1"))
ROUNDS = 30 * _TIMES
MANY = 100 * _TIMES  # of the races every day brings: cancel against book against move, crossed moves, a time taken out
