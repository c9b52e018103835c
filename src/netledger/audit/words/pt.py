"""Portuguese."""

from netledger.audit.words.ordinals import in_order

QUANTITIES = {
    "params": "parâmetro peso pesos vieses",
    "ops": "operaç multiplicaç",
    "connections": "conexõ conexã",
    "bytes": "memória",
    "features": "neurônio neurónio característica valores elementos",
    "shape": "saída tamanho entrada canais filtros passo",
    "percent": "porcentagem percentagem",
}
FAMILIES = {
    "conv": "convolu", "depthwise": "", "pointwise": "pontual", "linear": "densa linear totalmente",
    "batchnorm": "normalização-em-lote", "norm": "normalização", "embedding": "incorporaç posicion posiç",
    "attention": "atenção", "ffn": "alimentação", "pool": "subamostragem agrupamento", "flatten": "achatamento",
    "block": "camada camadas bloco blocos",
}  # fmt: skip
EXACT = "peso pesos camada camadas passo entrada densa totalmente"
TOTAL = "soma totais"
ALL = "tudo"
TOTAL_STARTS = ""
ORDINALS = {"última": -1, "último": -1, "penúltima": -2, "penúltimo": -2} | in_order(
    "primeir|segund|terceir|quart|quint|sext|sétim|oitav|non|décim", "o a"
)
MULTIPLIERS = {"milhões": 10**6, "milhão": 10**6, "bilhões": 10**9, "bilhão": 10**9, "mil": 10**3}
RELATIONS = {"aproximadamente": "≈", "cerca": "≈", "quase": "≈"}
OPERATORS = {"vezes": "*", "mais": "+", "menos": "-"}
NUMBERS = in_order("um|dois|três|quatro|cinco|seis|sete|oito|nove|dez")
NOTHING = "nenhum"
EACH = "cada"
ONE = "um uma"
THINGS = "época imagem imagens exemplo amostra anos horas dias"
GATE = "porta portão"
RESULT = "resultado resposta"
WOULD = "seria teria seriam teriam haveria daria ficaria"
IF = "se suponha supondo suponhamos"
OTHER = "vez comparado comparada normal padrão"
COMPARED = "comparado comparada comparação"
OR = "ou"
OF = "de"
AND = "e"
WITH = "com incluindo inclui mais"
WITHOUT = "sem"
SETTINGS = "passo preenchimento"
WEIGHTS = "peso"
BIASES = "viés vies"
ABOUT = "aproximadamente"
PARTS = {"posições": "pos wpe", "palavras": "word wte tok"}
BLOCKS = {
    "expert": "especialista", "encoder": "codificador", "decoder": "decodificador", "generator": "gerador",
    "discriminator": "discriminador",
}  # fmt: skip
NUMBER = "o número numero quantidade"
DIRECTION = "direção sentido"
ACTIVE = "ativ"
STATISTICS = "média variância móvel"
SAYS = "diz segundo artigo"
DENIED = "errado incorreto erro esqueci inicialmente"
NOT = "não"
STEPS = "passo"
TRANSPOSED = "transposta deconvol"
FROZEN = "congelad"
TRAINABLE = "treináv treinamos"
NUMBERED = "tabela figura seção capítulo equação página"
NETWORK = "modelo rede"
RETRACTED = "espera opa"
MISTAKEN = "esquece ignora omite confunde supõe"
