"""What `make chaos` prints: what was struck, what clients met, and what was lost."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from scripts.chaos_load import Acknowledged, Seen

MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Tried:
    """A fault that was tried, how long or how often, with what clients met; or why it was left out."""

    name: str
    how: str = ""
    seen: Seen | None = None
    left_out: str = ""
    is_told: bool = True  # clients must have met a 503


@dataclass(slots=True)
class Report:
    """All that was found."""

    killed: Counter[str] = field(default_factory=Counter)
    tried: list[Tried] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    found: dict[str, list[str]] = field(default_factory=dict)

    def add(self, said: Acknowledged, found: Mapping[str, Sequence[str]]) -> None:
        """Add what clients of one database were told, and what does not fit, by question."""
        self.counts.update({
            "consents": len(said.consents), "withdrawals": len(said.withdrawals), "requests": len(said.requests),
            "sent again, with the same key": said.repeated,
        })  # fmt: skip
        for question, examples in found.items():
            self.found.setdefault(question, []).extend(examples)

    @property
    def is_good(self) -> bool:
        """Whether nothing was lost, doubled or wrong, and each fault was met by somebody."""
        return not any(self._questions().values())

    def print(self, victims: Sequence[str]) -> None:
        """Print it."""
        print(f"{'killed with -9':<45}{'times':>8}")
        for victim in victims:
            print(f"  {victim:<43}{self.killed[victim]:>8}")
        print(f"{'faults':<45}{'how long':>8}{'served':>8}{'503':>8}{'slowest answer':>16}")
        for one in self.tried:
            if one.seen is None:
                print(f"  {one.name:<43}left out: {one.left_out}")
            else:
                met = f"{one.seen.served:>8}{one.seen.unavailable:>8}{one.seen.slowest:>14.1f} s"
                print(f"  {one.name:<43}{one.how:>8}{met}")
        print("acknowledged")
        for name, count in self.counts.items():
            print(f"  {name:<43}{count:>8}")
        print("lost, doubled, wrong")
        for question, examples in self._questions().items():
            print(f"  {question:<43}{len(examples) or 'none':>8}")
            for example in examples[:MOST_SHOWN]:
                print(f"      {example}")

    def _questions(self) -> dict[str, list[str]]:
        unmet = [one.name for one in self.tried if one.seen and one.is_told and not one.seen.unavailable]
        return self.found | {"faults that no client met": unmet}
