"""Dutch."""

from netledger.audit.words.ordinals import in_order

QUANTITIES = {
    "params": "gewicht",
    "ops": "bewerking vermenigvuldiging",
    "connections": "verbinding",
    "bytes": "geheugen",
    "features": "neuronen kenmerk waarden elementen",
    "shape": "uitvoer invoer grootte kanalen stap",
    "percent": "procent",
}
FAMILIES = {
    "conv": "convolutie", "depthwise": "dieptegewijs", "pointwise": "puntsgewijs", "linear": "volledig lineair",
    "batchnorm": "batchnormalisatie", "norm": "normalisatie", "embedding": "inbedding", "attention": "aandacht",
    "ffn": "voorwaarts", "pool": "bemonstering", "flatten": "afgevlakt", "block": "laag lagen blok",
}  # fmt: skip
EXACT = "laag lagen blok volledig stap"
TOTAL = "totaal som samen"
ALL = "alles"
TOTAL_STARTS = "totaal"
ORDINALS = in_order("eerste|tweede|derde|vierde|vijfde|zesde|zevende|achtste|negende|tiende") | in_order(
    "laatste|voorlaatste een_na_laatste één_na_laatste", back=True
)
MULTIPLIERS = {"miljoen": 10**6, "mln": 10**6, "miljard": 10**9, "mld": 10**9, "duizend": 10**3}
RELATIONS = {"ongeveer": "≈", "circa": "≈"}
OPERATORS = {"maal": "*", "keer": "*", "plus": "+", "min": "-"}
NUMBERS = in_order("een|twee|drie|vier|vijf|zes|zeven|acht|negen|tien")
NOTHING = "geen"
EACH = "elke elk"
ONE = "een één"
THINGS = "epoch afbeelding voorbeeld jaar uren dagen"
GATE = "poort"
RESULT = "resultaat antwoord uitkomst"
WOULD = "zou zouden"
IF = "als indien stel"
OTHER = "plaats vergeleken gewone normale standaard"
COMPARED = "vergeleken vergelijking"
OR = "of"
OF = "van"
AND = "en"
WITH = "met inclusief incl"
WITHOUT = "zonder"
SETTINGS = "stap opvulling"
WEIGHTS = "gewicht"
BIASES = "afwijking"
ABOUT = "ongeveer"
PARTS = {"posities": "pos wpe", "woorden": "word wte tok"}
BLOCKS = {
    "expert": "expert", "encoder": "codeerder", "decoder": "decodeerder", "generator": "generator",
    "discriminator": "discriminator",
}  # fmt: skip
NUMBER = "het aantal nummer"
DIRECTION = "richting"
ACTIVE = "actie"
STATISTICS = "gemiddelde variantie"
SAYS = "zegt volgens artikel"
DENIED = "verkeerd fout vergeten eerst oeps"
NOT = "niet"
STEPS = "stap tijdstap"
TRANSPOSED = "getransponeerd"
FROZEN = "bevroren"
TRAINABLE = "trainba"
NUMBERED = "tabel figuur hoofdstuk vergelijking pagina"
NETWORK = "netwerk model"
RETRACTED = "wacht oeps"
MISTAKEN = "vergeet negeert verwaarloost verwart"
