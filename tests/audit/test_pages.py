"""Pages of several people: each is judged by itself, and what the page counts is no number of theirs."""

from __future__ import annotations

from netledger.audit import audit
from netledger.audit.reading.pages import passages

PAGE = """anna

Reputation: 61

How many parameters has AlexNet? My sum:

conv2: (5*5)*96*256 + 256 = 614656

conv4: (3*3)*384*384 + 384 = 1327488

Upvotes: 12

Views: 4096

Answers (2)

ben

Reputation: 4097000

The paper's layers are grouped: conv2 has (5*5)*48*256 + 256 = 307,456 of them.

Upvotes: 3

carla

Reputation: 7

And fc8 has 4096*1000 + 4096 = 4,100,096

Upvotes: 0
"""


def test_the_passages_and_their_writers():
    assert [passage.author for passage in passages(PAGE)] == ["anna", "ben", "carla"]


def test_each_is_judged_by_itself():
    result = audit(PAGE)
    assert result.verdict == "wrong"
    assert [(p.author, p.verdict) for p in result.passages] == [("anna", "right"), ("ben", "right"), ("carla", "wrong")]
    assert [p.network for p in result.passages][:2] == ["alexnet/ungrouped", "alexnet"]
    assert [finding.expected for finding in result.findings] == [4097000]


def test_votes_views_and_reputations_are_no_numbers():
    said = {line.line_no for line in audit(PAGE).lines}
    lines = PAGE.split("\n")
    assert not [lines[n - 1] for n in said if lines[n - 1].startswith(("Reputation", "Upvotes", "Views", "Answers"))]


def test_a_dated_byline_begins_a_passage():
    text = "u/one • 3 yr. ago\nfc8: 4096*1000 + 1000 = 4,097,000\n\nu/two • 2 yr. ago\nno, fc8: 4096*1000 = 4,096,900"
    assert [passage.author for passage in passages(text)] == ["u/one", "u/two"]


def test_an_ordinary_text_is_one_passage():
    assert len(passages("conv1: 3*3*8 = 72\nreputation of conv2: none")) == 1


THREAD = """u/one • 2 yr. ago
A perceptron 120 -> 80 -> 30 with biases:
W1 = 120x80 = 9600, b1 = 80
W2 = 80x30 = 2400, b2 = 30
Total = 12110

u/two • 2 yr. ago
and dropout adds 30 more, so 12140
"""


def test_a_claim_that_only_mentions_a_described_layer_is_judged():
    result = audit(THREAD)
    assert [(p.author, p.verdict) for p in result.passages] == [("u/one", "right"), ("u/two", "wrong")]
    assert [(finding.line_no, finding.expected) for finding in result.findings] == [(8, 12110)]
