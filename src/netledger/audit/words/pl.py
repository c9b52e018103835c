"""Polish."""

from netledger.audit.words.ordinals import in_order

QUANTITIES = {
    "params": "wagi wag uczonych",
    "ops": "operacj mnożeń",
    "connections": "połącze",
    "bytes": "pamię bajt",
    "features": "neuron cech wartości elementów",
    "shape": "wyjści wejści rozmiar kanał filtr krok",
    "percent": "procent",
}
FAMILIES = {
    "conv": "splot konwolu konw", "depthwise": "głębokościow", "pointwise": "punktow", "linear": "gęst liniow pełni",
    "batchnorm": "normalizacja-wsadowa", "norm": "normalizacj", "embedding": "osadze", "attention": "uwag",
    "ffn": "", "pool": "podpróbkow", "flatten": "spłaszcz", "block": "warstwa warstwy warstw warstwie blok",
}  # fmt: skip
EXACT = "wagi wag krok blok"
TOTAL = "razem suma łącznie"
ALL = "wszystko"
TOTAL_STARTS = "łączn"
ORDINALS = (
    in_order("pierwsz|drug|trzec|czwart|piąt|szóst|siódm|ósm|dziewiąt|dziesiąt", "a ą ej y ego ym i ia ią iej iego im")
    | in_order("ostatni|przedostatni", "a ą ej ego m", back=True)
    | {"ostatni": -1, "przedostatni": -2}
)
MULTIPLIERS = {"milion": 10**6, "miliony": 10**6, "milionów": 10**6, "mld": 10**9, "mln": 10**6, "tys": 10**3}
RELATIONS = {"około": "≈", "równa": "="}
OPERATORS = {"razy": "*", "plus": "+", "minus": "-"}
NUMBERS = in_order("jeden|dwa|trzy|cztery|pięć|sześć|siedem|osiem|dziewięć|dziesięć")
NOTHING = "brak"
EACH = "każda każdy"
ONE = "jeden jedna jedno"
THINGS = "epok obraz przykład lat godzin dni"
GATE = "bramka"
RESULT = "wynik odpowiedź"
WOULD = "byłoby miałaby miałoby byłby byłaby miałby"
IF = "jeśli gdyby jeżeli załóżmy"
OTHER = "zamiast porównaniu zwykła zwykły standardowa"
COMPARED = "porównaniu porównanie"
OR = "czy lub albo"
OF = "z"
AND = "i oraz"
WITH = "z ze wraz"
WITHOUT = "bez"
SETTINGS = "krok wypełnienie"
WEIGHTS = "wagi wag"
BIASES = "obciąże"
ABOUT = "około"
PARTS = {"pozycji": "pos wpe", "słów": "word wte tok"}
BLOCKS = {
    "expert": "ekspert", "encoder": "enkoder koder", "decoder": "dekoder", "generator": "generator",
    "discriminator": "dyskryminator",
}  # fmt: skip
NUMBER = "liczba"
DIRECTION = "kierunek"
ACTIVE = "aktywn"
STATISTICS = "średnia wariancja"
SAYS = "podaje według artykuł"
DENIED = "błędne błąd zapomniałem najpierw początkowo"
NOT = "nie"
STEPS = "krok"
TRANSPOSED = "transponowan dekonw"
FROZEN = "zamrożon nietrenowaln"
TRAINABLE = "trenowaln uczon"
NUMBERED = "tabela tabeli rysunek rozdział równanie strona"
NETWORK = "sieć sieci model"
RETRACTED = "czekaj ups"
MISTAKEN = "pomija ignoruje zapomina myli"
