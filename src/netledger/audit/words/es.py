"""Spanish."""

from netledger.audit.words.ordinals import in_order

QUANTITIES = {
    "params": "parámetro peso pesos sesgos",
    "ops": "operaci multiplicaci",
    "connections": "conexion",
    "bytes": "memoria",
    "features": "neurona característica valores elementos",
    "shape": "salida tamaño entrada canales filtros paso clases",
    "percent": "porcentaje",
}
FAMILIES = {
    "conv": "convolu", "depthwise": "", "pointwise": "puntual", "linear": "densa lineal totalmente",
    "batchnorm": "normalización-por-lotes", "norm": "normalización", "embedding": "incrustaci posicion",
    "attention": "atención", "ffn": "prealimentada", "pool": "submuestreo agrupación", "flatten": "aplanado aplanar",
    "block": "capa capas bloque bloques",
}  # fmt: skip
EXACT = "peso pesos capa capas paso salida entrada densa totalmente"
TOTAL = "suma totales"
ALL = "todo"
TOTAL_STARTS = ""
ORDINALS = {"primer": 1, "tercer": 3, "última": -1, "último": -1, "penúltima": -2, "penúltimo": -2} | in_order(
    "primer|segund|tercer|cuart|quint|sext|séptim|octav|noven|décim", "o a"
)
MULTIPLIERS = {"millones": 10**6, "millón": 10**6, "mil": 10**3}
RELATIONS = {"aproximadamente": "≈", "unos": "≈", "unas": "≈", "casi": "≈"}
OPERATORS = {"por": "*", "más": "+", "menos": "-"}
NUMBERS = in_order("un uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez")
NOTHING = "ningún"
EACH = "cada"
ONE = "un una solo"
THINGS = "época imagen imágen ejemplo muestra año horas días"
GATE = "puerta compuerta"
RESULT = "resultado respuesta"
WOULD = "sería tendría serían tendrían habría daría quedaría"
IF = "si supongamos suponiendo suponga"
OTHER = "vez comparado comparada frente normal estándar"
COMPARED = "comparado comparada frente comparación"
OR = "o u"
OF = "de"
AND = "y e"
WITH = "con incluyendo incluye incluidos incluido más"
WITHOUT = "sin"
SETTINGS = "paso relleno"
WEIGHTS = "peso"
BIASES = "sesgo"
ABOUT = "aproximadamente"
PARTS = {"parches": "patch", "parche": "patch", "posiciones": "pos wpe", "palabras": "word wte tok"}
BLOCKS = {
    "expert": "experto", "encoder": "codificador", "decoder": "decodificador", "generator": "generador",
    "discriminator": "discriminador",
}  # fmt: skip
NUMBER = "el número numero cantidad"
DIRECTION = "dirección direccion sentido"
ACTIVE = "activ"
STATISTICS = "media varianza móvil"
SAYS = "dice según artículo"
DENIED = "incorrecto error olvidé equivocado inicialmente"
NOT = "no"
STEPS = "paso"
TRANSPOSED = "transpuest deconvol"
FROZEN = "congelad no-entrenab"
TRAINABLE = "entrenab entrenamos entrenan"
NUMBERED = "tabla figura sección capítulo ecuación página apéndice"
NETWORK = "modelo red"
RETRACTED = "espera ups"
MISTAKEN = "olvida ignora omite confunde supone descuida"
