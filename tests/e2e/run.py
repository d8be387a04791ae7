"""Runs one end-to-end case: run.py NAME. `run.py --list` prints name;seconds;labels of every case.

The program under test is $BT_BINARY. $BT_E2E_KEEP=1 prints the output of all processes even of a case
that passes.
"""
import importlib
import os
import sys
import time
import traceback
from pathlib import Path

import cases
import harness

# A module that ctest does not have yet as a case cannot hide: all are found by their name.
for path in sorted(Path(__file__).resolve().parent.glob("case_*.py")):
    importlib.import_module(path.stem)


def main():
    if sys.argv[1:] == ["--list"]:
        for case in cases.ALL.values():
            print(f"{case.name};{case.seconds};{','.join(case.labels)}")
        return 0
    case = cases.ALL[sys.argv[1]]
    harness.enter_namespace()
    lab = harness.Lab()
    begin = time.monotonic()
    try:
        case.run(lab)
    except Exception as error:  # everything that goes wrong is the case's failure, with its evidence
        text = str(error) if isinstance(error, harness.Failure) else traceback.format_exc()
        print(f"{lab.reports()}\nFAILED {case.name}: {text}")
        return 1
    else:
        if os.environ.get("BT_E2E_KEEP"):
            print(lab.reports())
        print(f"passed {case.name} in {time.monotonic() - begin:.1f} s")
        return 0
    finally:
        lab.close()


if __name__ == "__main__":
    sys.exit(main())
