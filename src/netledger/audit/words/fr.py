"""French."""

from netledger.audit.words.ordinals import in_order

QUANTITIES = {
    "params": "paramètre poids",
    "ops": "opérat multiplicat",
    "connections": "connexion",
    "bytes": "mémoire octet",
    "features": "nœud neurone caractéristique valeurs élément",
    "shape": "sortie taille entrée canaux filtre noyau",
    "percent": "pourcent",
}
FAMILIES = {
    "conv": "convolu", "depthwise": "", "pointwise": "ponctuel", "linear": "linéaire",
    "batchnorm": "normalisation-par-lot", "norm": "normalisation", "embedding": "plongement incrustation",
    "attention": "attention", "ffn": "", "pool": "sous-échantillonnage", "flatten": "aplat",
    "block": "couche couches bloc blocs",
}  # fmt: skip
EXACT = "poids couche couches"
TOTAL = "totaux totale somme"
ALL = "tout"
TOTAL_STARTS = ""
ORDINALS = in_order(
    "première premier|deuxième seconde second|troisième|quatrième|cinquième|sixième|septième|huitième|neuvième|dixième"
) | in_order("dernière dernier|avant-dernière avant-dernier pénultième", back=True)
MULTIPLIERS = {"mille": 10**3, "milliers": 10**3, "milliard": 10**9, "milliards": 10**9}
RELATIONS = {"environ": "≈", "égale": "=", "donne": "→"}
OPERATORS = {"fois": "*", "plus": "+", "moins": "-"}
NUMBERS = in_order("un|deux|trois|quatre|cinq|six|sept|huit|neuf|dix")
NOTHING = "aucun"
EACH = "chaque"
ONE = "un une seul"
THINGS = "époque image exemple échantillon année heure jour"
GATE = "porte"
RESULT = "résultat réponse"
WOULD = "serait aurait seraient auraient ferait donnerait faudrait"
IF = "si supposons supposez"
OTHER = "lieu comparé comparée contre classique ordinaire standard"
COMPARED = "comparé comparée comparaison contre rapport"
OR = "ou"
OF = "sur"
AND = "et"
WITH = "avec inclus y compris plus incluant"
WITHOUT = "sans"
SETTINGS = "pas remplissage"
WEIGHTS = "poids"
BIASES = "biais"
ABOUT = "environ"
PARTS = {"positions": "pos wpe", "mots": "word wte tok"}
BLOCKS = {
    "expert": "expert", "encoder": "encodeur", "decoder": "décodeur", "generator": "générateur",
    "discriminator": "discriminateur",
}  # fmt: skip
NUMBER = "le nombre de des"
DIRECTION = "direction sens"
ACTIVE = "actif"
STATISTICS = "moyenne variance mobiles mobile"
SAYS = "dit annonce article selon"
DENIED = "faux fausse incorrecte erreur oublié initialement"
NOT = "pas"
STEPS = "pas"
TRANSPOSED = "transposé"
FROZEN = "gelé figé non-entraîn"
TRAINABLE = "entraîn"
NUMBERED = "tableau chapitre équation annexe diapositive exercice"
NETWORK = "réseau modèle"
RETRACTED = "attends oups"
MISTAKEN = "oublie ignore néglige omet confond suppose"
