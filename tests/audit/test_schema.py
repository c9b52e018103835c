"""The JSON form keeps to the schema that is shipped."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

import netledger
from netledger.audit import audit
from tests.audit.test_pages import PAGE

SCHEMA = json.loads((Path(netledger.__file__).parent / "audit" / "audit.schema.json").read_text())
TEXTS = ["conv2: (5*5)*96*256 + 256 = 614656", "hello", "fc: 3*4 = 12", "GPT-97 has 3M parameters", PAGE, "1/4 = 0.9"]


@pytest.mark.parametrize("against", [None, "alexnet"])
@pytest.mark.parametrize("text", TEXTS)
def test_every_answer(text, against):
    jsonschema.validate(json.loads(audit(text, against).render("json")), SCHEMA)
