"""What the machine allows, measured as often as the rest: the rate of matrix products, in the process that is measured."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field

from . import floor, matmul
from .contest import Contestant
from .figures import Rate
from .floor import Work
from .machine import Machine


@dataclass(slots=True)
class Limit:
    """Of one contestant of ours."""

    contestant: Contestant
    precision: str
    attention: str  # the precision that attention is computed in
    rates: list[float] = field(default_factory=list)  # operations a second of the linear layers, as often as it was asked

    @classmethod
    def of(cls, contestant: Contestant, precision: str, machine: Machine) -> Limit:
        return cls(contestant, precision, floor.attention_precision(precision, machine.instructions))

    def seconds(self, work: Work) -> float:
        """The least that `work` may take, at the rates of this moment."""
        self.rates.append(self._rate(self.precision))
        attention = self.rates[-1] if self.attention == self.precision else self._rate(self.attention)
        return work.seconds(self.rates[-1], attention)

    @property
    def rate(self) -> Rate:
        return Rate(self.precision, statistics.median(self.rates) / 1e9)

    def _rate(self, precision: str) -> float:
        return matmul.WORK / self.contestant.seconds("matmul", precision)
