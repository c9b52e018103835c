"""A printout judged by the network that is given: each row by what is there, each total by all of it."""

from __future__ import annotations

from netledger.audit.printouts.alone import RowSums, Settled, nearest
from netledger.audit.printouts.given import families_of
from netledger.audit.printouts.judged import Said
from netledger.audit.printouts.judging import JudgedPrintout, carry, judge_printout, shares
from netledger.audit.printouts.pairing import RowPair, pairs_of
from netledger.audit.printouts.totals import Figures
from netledger.audit.printouts.truth import Truth

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.printouts.given import GivenNetwork
    from netledger.audit.printouts.printout import Printout


def judge_by_network(printout: Printout, given: GivenNetwork) -> JudgedPrintout:
    """Each row by the layer that it is, where that is found; everything else as by itself."""
    alone = judge_printout(printout)
    pairs = pairs_of(printout, given)
    if printout.tool == "ptflops":  # which counts in a block what its layers have, and only what is trained
        parents = RowSums(printout, alone.settled).tree.parts
        pairs = {i: pair for i, pair in pairs.items() if i not in parents}
    before = {id(one.number): one for one in alone.said}
    said: list[Said] = []
    for i, one in enumerate(alone.settled):
        number = one.row.count
        pair = pairs.get(i)
        if number is None:
            if pair is not None:
                one.know(pair.counts[0])
            continue
        if pair is not None:
            said.append(_compared(one, pair, given, printout))
        elif id(number) in before:
            said.append(_uncompared(before[id(number)]))
    truth = _truth(printout, alone, given, said)
    figures = Figures(printout, truth)
    rest = figures.run()
    shares(alone.settled, figures, said)
    said = sorted([*said, *rest], key=lambda one: (one.number.line_no, one.number.start))
    return JudgedPrintout(printout, alone.settled, said, truth, figures.total)


def _compared(one: Settled, pair: RowPair, given: GivenNetwork, printout: Printout) -> Said:
    number = one.row.count
    assert number is not None
    right = next((count for count in pair.counts if number.fits(count)), None)
    if right is not None:
        one.know(right)
        return Said(number, "right", pair.name if right else None, "", right)
    if printout.tool == "torchsummary" and not number.value:
        return Said(number, "not_checked", pair.name, "torchsummary counts only what is called weight or bias")
    expected = nearest(number.value, list(pair.counts))
    one.know(expected)
    biases = given.biases.get(pair.name, 0)
    if biases and number.fits(expected - biases):
        why = f"the {biases:,} biases of {pair.name} are missing"
        return Said(number, "wrong", pair.name, why, expected, "missing_bias")
    why = f"{pair.name} of {given.name} has {expected:,}"
    outputs = given.flattened.get(pair.name.removesuffix(".weight"), 0)
    if outputs and number.value % outputs in (0, biases):
        return Said(number, "wrong", pair.name, f"{why}: another map is flattened", expected, "wrong_flatten")
    return Said(number, "wrong", pair.name, why, expected)


def _uncompared(said: Said) -> Said:
    """What was right by itself is not compared with the network."""
    if said.verdict == "right" and said.number.value:
        return Said(said.number, "not_checked", None, "no layer of the network is found for it", said.expected)
    return Said(said.number, said.verdict, None, said.why, said.expected, said.kind) if not said.number.value else said


def _truth(printout: Printout, alone: JudgedPrintout, given: GivenNetwork, said: list[Said]) -> Truth:
    sums = RowSums(printout, alone.settled)
    known = all(one.is_known or not one.high or one.row.again for one in [alone.settled[i] for i in sums.tree.tops])
    truth = Truth(sums.all(), known)
    truth.name, truth.frozen = given.name, alone.truth.frozen
    carry(truth, said, alone.settled, sums)
    if given.complete:
        truth.network = _totals(printout, given)
        truth.slips = _slips(printout, given, alone, said)
        truth.trained = given.trained
    return truth


def _slips(
    printout: Printout, given: GivenNetwork, alone: JudgedPrintout, said: list[Said]
) -> dict[int, tuple[str, str]]:
    """The totals of torchsummary that are not the network's: it sees no parameter outside of layers, and counts a
    layer again that is called again.
    """
    if printout.tool != "torchsummary":
        return {}
    slips = {}
    if given.loose:
        why = f"torchsummary does not see parameters outside of layers: {given.loose:,} are missing"
        slips[given.total - given.loose] = ("missing_layer", why)
    open_rows = {id(one.number) for one in said if one.verdict == "not_checked"}
    again = [one.row for one in alone.settled if id(one.row.count) in open_rows]
    counts = {(layer.own, family) for layer in given.layers for family in families_of(layer.kind.replace("_", ""))}
    twice = [
        row.count.value for row in again
        if row.count is not None and any((row.count.value, family) in counts for family in families_of(row.type))
    ]  # fmt: skip
    if twice and len(twice) == len(again):
        more = int(sum(twice))
        why = f"a layer that is called again is counted again: {more:,} too many"
        slips[given.total + more] = ("shared_parameters_multiplied", why)
    return {total: slip for total, slip in slips.items() if total != given.total}


def _totals(printout: Printout, given: GivenNetwork) -> dict[str, int]:
    """The totals that a tool may print for the network, by how they are counted."""
    plain = {"": given.total}
    if printout.tool == "keras" and given.statistics:
        plain = {"running statistics counted": given.total + given.statistics, "": given.total}
    if given.every_time != given.total and printout.tool in ("torchinfo", "torchsummary"):
        plain["tied weights counted each time"] = given.every_time
    if printout.tool == "ptflops":
        plain["tensors outside of layers not counted"] = given.total - given.loose
        plain["what is trained"] = given.trained
    return plain
