"""The register of cases: @case("Suite.Name") makes a function of a Lab a test that ctest knows."""
from dataclasses import dataclass
from typing import Callable

ALL = {}


@dataclass
class Case:
    name: str
    run: Callable
    seconds: int  # after which ctest ends it
    labels: tuple


def case(name, *labels, seconds=90, **arguments):
    """Labels: quick = also run under sanitizers, nightly = only on demand, alone = beside no other
    test, since its own peers want the whole machine."""
    def register(function):
        if name in ALL:
            raise ValueError(f"two cases named {name}")
        ALL[name] = Case(name, lambda lab: function(lab, **arguments), seconds, labels)
        return function
    return register
