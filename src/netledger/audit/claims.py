"""Published claims about a network's size: "AlexNet has 60M parameters", "1.1 billion computations", "240 MB".

A claim is a number with a unit; it is compared with the figures of every network in the catalogue (of the one that the
text names, where it names one) under every convention that somebody publishes figures by.

>>> answer = judge_claims("AlexNet has 60M parameters")
>>> answer.verdict, answer.claims[0].says.partition(" (")[0]
('right', 'right, rounded down: alexnet has 60,965,224 parameters')
"""

from __future__ import annotations

from netledger.audit.claim_text import claims_in
from netledger.audit.conventions import Reading, readings_of
from netledger.figures import entries
from netledger.records import Record
from netledger.views import Shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from netledger.audit.claim_text import ClaimText
    from netledger.figures import Listed

REFERENCE = "alexnet"
PREFERRED = (
    REFERENCE, "alexnet/ungrouped", "alexnet/one-weird-trick", "alexnet/torchvision", "alexnet/cuda-convnet-145",
    "alexnet/cuda-convnet-137",
)  # fmt: skip
"""The forms that people mean, where several have the same figures."""
"""The network that a claim without a name is held against first."""


class ClaimVerdict(Record):
    """One claim: its text, whether some published form gives it, and what it says in words."""

    __slots__ = ("text", "right", "says", "network", "value")
    text: str
    right: bool
    says: str
    network: str | None
    value: int | None

    def __init__(self, text: str, right: bool, says: str, network: str | None = None, value: int | None = None) -> None:
        self._fill(text, right, says, network, value)


class ClaimsVerdict(Shown, Record):
    """Every claim of a text: ``right`` where all are, ``wrong`` where one is not, ``unread`` where there is none."""

    __slots__ = ("claims",)
    DOCUMENT = "netledger.documents.verdict:verdict_document"
    claims: tuple[ClaimVerdict, ...]

    def __init__(self, claims: tuple[ClaimVerdict, ...]) -> None:
        self._fill(claims)

    @property
    def verdict(self) -> str:
        """``right``, ``wrong`` or ``unread``."""
        if not self.claims:
            return "unread"
        return "right" if all(claim.right for claim in self.claims) else "wrong"

    @property
    def exit_code(self) -> int:
        """What the command line returns: 0 right, 1 wrong, 65 unread."""
        return {"right": 0, "wrong": 1}.get(self.verdict, 65)

    def to_dict(self) -> dict[str, Any]:
        """Plain data, of the same shape as a calculation's."""
        findings = [
            {
                "line_no": 1, "kind": "wrong_value", "layer": None, "expected": claim.value, "found": claim.text,
                "follows_from": None, "why": claim.says,
            }
            for claim in self.claims
            if not claim.right
        ]  # fmt: skip
        claims = [{name: getattr(claim, name) for name in ClaimVerdict.__slots__} for claim in self.claims]
        return {
            "verdict": self.verdict, "total": {"claimed": None, "true": None, "ok": None}, "findings": findings,
            "lines": [{"line_no": 1, "verdict": self.verdict, "layer": None}], "claims": claims,
        }  # fmt: skip


def judge_claims(text: str) -> ClaimsVerdict:
    """Every claim of a text, judged; claims that one network gives together are held against that one."""
    among, named = _networks_named(text)
    claims = claims_in(text)
    home = _home(claims, among) if len(claims) > 1 else None
    return ClaimsVerdict(tuple([_judge(claim, among, named, home) for claim in claims]))


def _networks_named(text: str) -> tuple[Sequence[Listed], bool]:
    """The networks that a text names, with their variants; all of them where it names none, the reference first."""
    bare = _plain(text)
    families = {entry.name.partition("/")[0] for entry in entries()}
    named = [family for family in families if _plain(family) in bare]
    named = [family for family in named if not any(family != other and family in other for other in named)]
    chosen = [entry for entry in entries() if entry.name.partition("/")[0] in named] or list(entries())
    return sorted(chosen, key=_familiarity), bool(named)


def _familiarity(entry: Listed) -> tuple[int, bool, int, str]:
    """The forms that people mean first, then networks before their variants."""
    known = PREFERRED.index(entry.name) if entry.name in PREFERRED else len(PREFERRED)
    return known, not entry.name.startswith(REFERENCE), "/" in entry.name, entry.name


def _plain(text: str) -> str:
    return "".join([character for character in text.lower() if character.isalnum()])


def _home(claims: Sequence[ClaimText], among: Sequence[Listed]) -> Listed | None:
    """The network that gives most of the claims of a text, the plainest readings counting most."""
    best, most = None, 1
    for entry in among:
        fits = 0
        for claim in claims:
            plain = [r.distance for r in readings_of(entry, claim.quantity) if claim.fits(r.value, r.unit) is not None]
            fits += (4 - min(min(plain), 3)) if plain else 0
        if fits > most:
            best, most = entry, fits
    return best


def _judge(claim: ClaimText, among: Sequence[Listed], named: bool, home: Listed | None) -> ClaimVerdict:
    """The plainest way in which some network gives the claim; the nearest figure where none does."""
    best: tuple[tuple[int, int, int, int], Listed, Reading, str] | None = None
    for place, entry in enumerate(among):
        stranger = 2 if not named and not entry.name.startswith(REFERENCE) else 0
        for reading in readings_of(entry, claim.quantity):
            how = claim.fits(reading.value, reading.unit)
            if how is None:
                continue
            exact = 0 if how == "exactly" and claim.digits > 5 else 1
            distance = reading.distance + stranger + (1 if entry.name != REFERENCE else 0)
            rank = (exact, 0 if entry is home else 1, distance + (3 if how == "up" else 0), place)
            if best is None or rank < best[0]:
                best = (rank, entry, reading, how)
    if best is None:
        return _close(claim, among) or _nearest(claim, among)
    _, entry, reading, how = best
    others = _also(claim, among, entry, reading)
    said = _words(entry, reading, how, others) + _against_the_paper(entry, reading)
    return ClaimVerdict(claim.text, True, said, entry.name, reading.value)


def _against_the_paper(entry: Listed, reading: Reading) -> str:
    """Where another form of the reference gives a number of parameters: what the reference itself has."""
    if entry.name == REFERENCE or not entry.name.startswith(f"{REFERENCE}/") or "parameters" not in reading.name:
        return ""
    paper = next((other for other in entries() if other.name == REFERENCE), None)
    if paper is None or reading.unit != 1 or paper.parameters == entry.parameters:
        return ""
    return f"; the 2012 paper's network has {paper.parameters:,}"


def _close(claim: ClaimText, among: Sequence[Listed]) -> ClaimVerdict | None:
    """Operations a little above the MACs, as counters that add pooling print; and MACs halved by mistake."""
    if claim.quantity not in ("macs", "flops", "operations", ""):
        return None
    claimed = claim.in_unit(1)
    for entry in among:
        for value, name in ((entry.macs, "MACs"), (2 * entry.macs, "FLOPs")):
            if value < claimed <= value * 1.005:
                more = 100 * (claimed / value - 1)
                says = (
                    f"close: {entry.name} has {value:,} {name}; {more:.1f} % more is what counters print that add "
                    "pooling, normalisation and the like"
                )
                return ClaimVerdict(claim.text, True, says, entry.name, value)
        if claim.quantity == "macs" and claim.fits(entry.macs // 2) is not None:
            says = (
                f"half of the truth: {entry.name} has {entry.macs:,} MACs; that number counts multiply-accumulates "
                "already and is not halved again"
            )
            return ClaimVerdict(claim.text, False, says, entry.name, entry.macs)
    return None


def _also(claim: ClaimText, among: Sequence[Listed], entry: Listed, reading: Reading) -> list[str]:
    """Other forms with exactly the same figure."""
    return [
        other.name
        for other in among
        if other is not entry
        and any(r.name == reading.name and r.value == reading.value for r in readings_of(other, claim.quantity))
    ]


_HOW = {
    "exactly": "right", "rounded": "right, rounded", "down": "right, rounded down", "up": "right only if rounded up",
    "bound": "right as a bound",
}  # fmt: skip


def _words(entry: Listed, reading: Reading, how: str, others: list[str]) -> str:
    head = _HOW[how]
    if reading.convention:
        head += f" for {reading.convention}"
    said = f"{head}: {entry.name} has {reading.shown()}"
    if others:
        listed = ", ".join(others[:2])
        more = f" and {len(others) - 2} more" if len(others) > 2 else ""
        said += f" (so {'has' if len(others) == 1 else 'have'} {listed}{more})"
    return said


def _nearest(claim: ClaimText, among: Sequence[Listed]) -> ClaimVerdict:
    """No published form gives it: the nearest, and by how much."""
    found: tuple[float, Listed, Reading] | None = None
    for entry in among:
        for reading in readings_of(entry, claim.quantity):
            if reading.distance > 1 or not reading.value:
                continue
            gap = abs(claim.in_unit(reading.unit) - reading.value) / reading.value
            if found is None or gap < found[0]:
                found = (gap, entry, reading)
    if found is None:
        return ClaimVerdict(claim.text, False, "nothing in the catalogue can be compared with it")
    _, entry, reading = found
    said = f"no published form gives this; the nearest is {entry.name} with {reading.shown()}"
    if reading.convention:
        said += f" ({reading.convention})"
    difference = claim.in_unit(reading.unit) - reading.value
    if claim.exact and float(difference).is_integer() and difference:
        said += f", {abs(int(difference)):,} {'fewer' if difference > 0 else 'more'} than claimed"
    return ClaimVerdict(claim.text, False, said, entry.name, reading.value)
