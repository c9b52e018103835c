"""German."""

from netledger.audit.words.ordinals import in_order

QUANTITIES = {
    "params": "gewicht",
    "ops": "rechen multiplikation",
    "connections": "verbindung",
    "bytes": "speicher",
    "features": "merkmal neuron aktivierung element",
    "shape": "ausgabe ausgang größe eingabe eingang kanäle kanal schrittweite klassen",
    "percent": "prozent",
}
FAMILIES = {
    "conv": "faltung konv", "depthwise": "tiefenweise", "pointwise": "punktweise",
    "linear": "vollverbunden dicht vollvernetzt",
    "batchnorm": "batchnormalisierung", "norm": "normalisierung schichtnorm", "embedding": "einbettung",
    "attention": "aufmerksamkeit", "ffn": "vorwärts", "pool": "unterabtast", "flatten": "abgeflacht",
    "block": "schicht schichten",
}  # fmt: skip
EXACT = "schicht schichten"
TOTAL = "summe summ gesamt insgesamt zusammen"
ALL = "alles"
TOTAL_STARTS = "gesamt"
ORDINALS = in_order("erst|zweit|dritt|viert|fünft|sechst|siebt siebent|acht|neunt|zehnt", "e en er es em") | in_order(
    "letzt|vorletzt zweitletzt|drittletzt", "e en er es em", back=True
)
MULTIPLIERS = {
    "mio": 10**6, "mrd": 10**9, "millionen": 10**6, "milliarden": 10**9, "tsd": 10**3, "tausend": 10**3,
}  # fmt: skip
RELATIONS = {"etwa": "≈", "rund": "≈", "ungefähr": "≈", "knapp": "≈", "ergibt": "→"}
OPERATORS = {"mal": "*", "plus": "+", "minus": "-"}
NUMBERS = in_order("ein|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn")
NOTHING = "keine"
EACH = "jede jeder jedes je pro"
ONE = "ein eine einer eines einem einzelner einzelne einzelnes"
THINGS = "epoche bild beispiel stichprobe jahr stunde tage minute nutzer"
GATE = "tor gate"
RESULT = "ergebnis antwort resultat"
WOULD = "würde wäre hätte würden wären hätten wuerde waere haette wuerden waeren haetten"
IF = "wenn falls angenommen"
OTHER = "statt stattdessen anstelle üblich üblichen verglichen gegenüber normalen normale gewöhnliche"
COMPARED = "verglichen vergleich gegenüber"
OR = "oder"
OF = "von"
AND = "und sowie"
WITH = "mit inkl inkl. inklusive samt einschließlich"
WITHOUT = "ohne"
SETTINGS = "schrittweite"
WEIGHTS = "gewicht"
BIASES = "verschieb"
ABOUT = "ungefähr etwa"
PARTS = {"positionen": "pos wpe", "wörter": "word wte tok"}
BLOCKS = {
    "expert": "experte", "encoder": "kodierer", "decoder": "dekodierer", "generator": "generator",
    "discriminator": "diskriminator",
}  # fmt: skip
NUMBER = "die anzahl zahl der"
DIRECTION = "richtung"
ACTIVE = "aktiv"
STATISTICS = "mittelwert varianz laufende laufender"
SAYS = "sagt nennt schreibt laut angeblich paper"
DENIED = "falsch irrtum vergessen verrechnet zuerst zunächst ursprünglich"
NOT = "nicht"
STEPS = "schritt zeitschritt"
TRANSPOSED = "transponiert entfaltung"
FROZEN = "eingefroren untrainierbar"
TRAINABLE = "trainier"
NUMBERED = "tabelle abbildung abb abschnitt kapitel gleichung seite folie anhang aufgabe"
NETWORK = "netz netzwerk modell"
RETRACTED = "moment ups hoppla"
MISTAKEN = "vergisst ignoriert vernachlässigt übersieht unterschlägt verwechselt übergeht"
