"""Italian."""

from netledger.audit.words.ordinals import in_order

QUANTITIES = {
    "params": "parametr peso pesi",
    "ops": "operazion moltiplicazion",
    "connections": "connession",
    "bytes": "memoria",
    "features": "neuroni caratteristic valori elementi",
    "shape": "uscita dimension ingresso canali filtri passo classi",
    "percent": "percentuale",
}
FAMILIES = {
    "conv": "convolu", "depthwise": "", "pointwise": "puntuale", "linear": "denso densa lineare completamente",
    "batchnorm": "normalizzazione-batch", "norm": "normalizzazione", "embedding": "incorporament posizion",
    "attention": "attenzione", "ffn": "", "pool": "sottocampionamento", "flatten": "appiattimento",
    "block": "strato strati blocco blocchi",
}  # fmt: skip
EXACT = "peso pesi passo strato strati denso densa completamente uscita"
TOTAL = "totale totali somma complessivo"
ALL = "tutto"
TOTAL_STARTS = ""
ORDINALS = in_order("prim|second|terz|quart|quint|sest|settim|ottav|non|decim", "o a") | in_order(
    "ultim|penultim", "o a", back=True
)
MULTIPLIERS = {"milioni": 10**6, "milione": 10**6, "miliardi": 10**9, "miliardo": 10**9, "mila": 10**3}
RELATIONS = {"circa": "≈", "quasi": "≈", "uguale": "="}
OPERATORS = {"per": "*", "più": "+", "meno": "-"}
NUMBERS = in_order("un uno|due|tre|quattro|cinque|sei|sette|otto|nove|dieci")
NOTHING = "nessun"
EACH = "ogni ciascuno"
ONE = "un uno una singolo"
THINGS = "epoch immagin esempi campion anni giorni"
GATE = "porta"
RESULT = "risultato risposta"
WOULD = "sarebbe avrebbe sarebbero avrebbero darebbe"
IF = "se supponiamo supponendo"
OTHER = "invece posto confronto normale ordinaria standard"
COMPARED = "confronto rispetto"
OR = "o oppure"
OF = "su"
AND = "e ed"
WITH = "con incluso inclusi compresi"
WITHOUT = "senza"
SETTINGS = "passo"
WEIGHTS = "peso pesi"
BIASES = "distorsion"
ABOUT = "circa"
PARTS = {"posizioni": "pos wpe", "parole": "word wte tok"}
BLOCKS = {
    "expert": "esperto esperti", "encoder": "codificatore", "decoder": "decodificatore",
    "generator": "generatore", "discriminator": "discriminatore",
}  # fmt: skip
NUMBER = "il numero di dei"
DIRECTION = "direzione"
ACTIVE = "attiv"
STATISTICS = "media varianza mobile"
SAYS = "dice secondo articolo"
DENIED = "sbagliato errore dimenticato inizialmente"
NOT = "non"
STEPS = "passi passo"
TRANSPOSED = "trasposta trasposto deconvol"
FROZEN = "congelat"
TRAINABLE = "addestrabil allenabil"
NUMBERED = "tabella figura sezione capitolo equazione pagina"
NETWORK = "rete modello"
RETRACTED = "aspetta anzi ops"
MISTAKEN = "dimentica ignora omette confonde suppone trascura"
