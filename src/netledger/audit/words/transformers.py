"""What texts call the sizes of a transformer: ``role → phrases``, in fourteen languages and in configurations' keys.

A phrase ends in any way after ``*``; Chinese, Japanese and Korean phrases stand anywhere. Signs between letters count
as spaces (``d_model``: ``d model``). Of several phrases the longest wins.
"""

from __future__ import annotations

SIZES = {
    "hidden": (
        "hidden|hidden units|d model|dmodel|model dim|model dimension|model width|hidden size|hidden dim|"
        "hidden dimension|"
        "hidden width|hidden state size|embedding dim|embedding dimension|embedding size|embed dim|n embd|embd|"
        "dim model|residual width|residual dimension|width|h size|modelldimension*|versteckte dimension|"
        "hidden größe|einbettungsdimension|breite|dimension cachée|dimension du modèle|dimension interne|"
        "taille cachée|dimension d'embedding|largeur|dimensión oculta|dimensión del modelo|"
        "dimensión de embedding|tamaño oculto|dimensão oculta|dimensão do modelo|dimensão de embedding|largura|"
        "dimensione nascosta|dimensione del modello|dimensione di embedding|larghezza|скрытая размерность|"
        "размерность модели|скрытый размер|размер модели|ширина|размерность эмбеддинг*|verborgen dimensie|"
        "modeldimensie|ukryty wymiar|wymiar modelu|wymiar ukryty|gizli boyut*|model boyut*|kích thước ẩn|"
        "chiều ẩn|số chiều ẩn|隐藏维度|隐藏层维度|隐层维度|隐藏大小|模型维度|嵌入维度|隐藏层大小|隠れ次元|"
        "隠れ層の次元|モデル次元|埋め込み次元|隠れサイズ|은닉 차원|히든 차원|은닉 크기|히든 사이즈|모델 차원|"
        "임베딩 차원"
    ),
    "ffn": (
        "d ff|dff|d ffn|ffn dim|ffn dimension|ffn size|ffn width|ffn hidden|ffn inner|ffn hidden size|n inner|"
        "intermediate size|intermediate dim|intermediate dimension|intermediate width|mlp dim|mlp hidden|"
        "mlp width|mlp hidden size|mlp size|hidden dim of the mlp|feed forward dim|feed forward dimension|"
        "feed forward size|feed forward width|feedforward dim|feedforward dimension|dim feedforward|"
        "feed forward hidden|d expert|moe intermediate size|expert hidden|expert dim|expert width|ffn|mlp|"
        "feed forward|feedforward|intermediate|expert|zwischendimension|mlp breite|ffn breite|dimension intermédiaire|"
        "taille intermédiaire|dimensión intermedia|tamaño intermedio|dimensão intermediária|dimensão intermédia|"
        "tamanho intermediário|dimensione intermedia|промежуточная размерность|внутренняя размерность|"
        "промежуточный размер|tussendimensie|wymiar pośredni|ara boyut*|ara katman boyut*|chiều trung gian|"
        "kích thước trung gian|中间维度|中间层维度|前馈维度|前馈层维度|フィードフォワード次元|"
        "フィードフォワード|中間次元|中間層の次元|中間サイズ|"
        "중간 차원|중간 크기|피드포워드 차원"
    ),
    "ratio": "mlp ratio|ffn ratio|expansion ratio|expansion factor|feed forward multiplier|mlp 배율",
    "layers": (
        "layers|layer|n layer|n layers|num layers|num hidden layers|number of layers|depth|blocks|"
        "transformer blocks|transformer layers|num blocks|schichten|blöcke|tiefe|"
        "couches|blocs|profondeur|capas|bloques|profundidad|camadas|blocos|profundidade|strati|blocchi|"
        "profondità|слоёв|слоев|слоя|слои|блоков|блока|блоки|глубина|lagen|blokken|diepte|warstw|warstwy|bloków|"
        "bloki|głębokość|katman*|blok|derinlik|lớp|tầng|khối|层|層|层数|層数|块|個のブロック|ブロック|층|레이어|"
        "블록|깊이"
    ),
    "encoder layers": (
        "encoder|encoder layers|encoder blocks|encoder schichten|couches d'encodeur|capas de codificador|"
        "camadas de codificador|strati encoder|слоёв кодировщика|слоев кодировщика|编码器层|层编码器|エンコーダ層|"
        "エンコーダ|인코더 층|인코더"
    ),
    "decoder layers": (
        "decoder|decoder layers|decoder blocks|decoder schichten|couches de décodeur|capas de decodificador|"
        "camadas de decodificador|strati decoder|слоёв декодировщика|слоев декодировщика|解码器层|层解码器|デコーダ層|"
        "デコーダ|디코더 층|디코더"
    ),
    "router": "router|gate|gating|routeur|enrutador|roteador|роутер|маршрутизатор|路由|路由器|ルータ|ルーター|라우터",
    "heads": (
        "q heads|heads|head|n head|n heads|num heads|num attention heads|attention heads|query heads|köpfe|köpfen|"
        "aufmerksamkeitsköpfe|têtes|têtes d'attention|cabezas|cabezas de atención|cabezas de consulta|cabeças|"
        "cabeças de atenção|teste|teste di attenzione|голов|головы|голов внимания|головок|hoofden|koppen|głów|"
        "głowice|głowic|kafa|baş|dikkat başlığı|đầu chú ý|đầu attention|注意力头|头|個注意力頭|注意力頭|ヘッド|"
        "アテンションヘッド|어텐션 헤드|헤드"
    ),
    "kv heads": (
        "kv heads|kv head|num key value heads|n kv heads|n kv head|num kv heads|key value heads|key/value heads|"
        "k/v heads|kv groups|query groups|kv köpfe|key value köpfe|têtes kv|têtes clé/valeur|têtes clé valeur|"
        "têtes de clé/valeur|cabezas kv|cabezas de clave/valor|cabezas clave/valor|cabezas de kv|cabeças kv|"
        "cabeças de chave/valor|teste kv|teste chiave/valore|голов kv|kv голов*|голов ключей|голов ключ/значение|"
        "голов k/v|kv hoofden|kv koppen|głów kv|głowic kv|kv kafa*|đầu kv|kv头|键值头|kv 头|kvヘッド|kv ヘッド|"
        "kv 헤드|kv헤드|키밸류 헤드"
    ),
    "kv dim": "kv dim|kv dimension|kv width|kv size|kv dims|kv breite|dimension kv|dimensión kv|размерность kv|kv维度|"
    "kv次元",
    "head dim": (
        "head dim|head dimension|head size|head width|d head|dhead|dim head|d k|dk|per head|d v|dv|kopfdimension|"
        "dimension par tête|dimensión por cabeza|dimensão por cabeça|dimensione per testa|размерность головы|"
        "头维度|每头维度|ヘッド次元|헤드 차원|헤드당 차원"
    ),
    "vocabulary": (
        "vocab|vocab size|vocabulary|vocabulary size|vocabulary of|n vocab|num tokens|ntokens|vokabular|"
        "wortschatz|vocabulaire|vocabulario|vocabulário|vocabolario|словарь|словаря|словарь на|woordenschat|"
        "vocabulaire van|słownik|słownika|słowniku|kelime dağarcığı|sözlük|từ vựng|kích thước từ vựng|词表|"
        "词表大小|词汇表|词汇量|詞表|語彙|語彙数|語彙サイズ|어휘|어휘 수|어휘 크기|단어장"
    ),
    "positions": (
        "max position embeddings|max positions|n positions|n ctx|block size|max length|maximum length|max len|"
        "max seq len|max sequence length|maximum sequence length|context length|context window|context size|"
        "context|sequence length|seq len|positions|positionen|posiciones|posições|posizioni|позиций|позиции|posities|"
        "pozycji|konum|vị trí|位置|位置数|위치|kontextlänge|maximale länge|kontext|longueur maximale|"
        "contexte|longueur de contexte|longitud máxima|contexto|longitud de contexto|comprimento máximo|"
        "contexto de|lunghezza massima|contesto|максимальная длина|контекст|длина контекста|maximale lengte|"
        "contextlengte|maksymalna długość|długość kontekstu|kontekst|maksimum uzunluk|bağlam uzunluğu|bağlam|"
        "độ dài tối đa|ngữ cảnh|最大长度|上下文长度|上下文|序列长度|最大長|最大系列長|コンテキスト長|系列長|"
        "최대 길이|컨텍스트 길이|문맥 길이|시퀀스 길이"
    ),
    "classes": (
        "classes|num classes|num labels|n classes|n cls|labels|klassen|clases|classi|класса|классов|klas|sınıf|"
        "lớp phân loại|类别|分类|クラス|클래스"
    ),
    "experts": (
        "experts|num experts|n experts|num local experts|routed experts|n routed experts|experten|expertos|"
        "especialistas|esperti|экспертов|эксперта|экспертами|ekspertów|eksperci|uzman|chuyên gia|专家|專家|"
        "路由专家|エキスパート|専門家|전문가"
    ),
    "shared experts": (
        "shared experts|shared expert|n shared experts|num shared experts|geteilte experten|experts partagés|"
        "expertos compartidos|especialistas compartilhados|esperti condivisi|общих экспертов|общий эксперт|"
        "共享专家|共有エキスパート|공유 전문가"
    ),
    "active": (
        "top|top k|num experts per tok|experts per token|active experts|per token|активных|selects|picks|"
        "выбирает|роутер выбирает|elige|escolhe|seleziona|wählt|choisit|激活|选择|選択|선택"
    ),
    "patch": (
        "patch|patches|patch size|patches of|patchgröße|taille de patch|tamaño de parche|parches de|patch boyutu|"
        "размер патча|патч*|补丁大小|パッチ|패치"
    ),
    "picture": (
        "image size|img size|image|images|img|input|bild|bilder|imágenes|imagen|imagens|immagini|изображени*|"
        "görüntü|ảnh|图像|图片|画像|이미지"
    ),
    "channels": (
        "channels|in channels|in chans|kanäle|canaux|canales|canais|canali|канал*|kanal|通道|チャンネル|채널"
    ),
    "segments": (
        "segment types|token types|type vocab size|segments|segmenttypen|types de segment|tipos de segmento|"
        "tipi di segmento|"
        "типов сегмент*|сегмента|segmenten|segmentów|segment türü|loại đoạn|句子类型|段类型|セグメント|세그먼트"
    ),
    "dim": (
        "dim|dims|dimension|dimensions|dimensional|dimensión|dimensiones|dimensão|dimensione|dimensioni|"
        "размерност*|dimensie|wymiar*|boyut*|chiều|维|維|维度|次元|차원"
    ),
}  # fmt: skip
"""Sizes of a transformer; ``dim`` is that of what stands before it."""

SAYS = {
    "transformer": (
        "transformer*|vision transformer*|nanogpt|mingpt|gpt*|llm|llms|bert*|vit|vits|language model*|llama*|moe|"
        "mixture of experts|self attention|attention|decoder only|encoder only|sprachmodell*|modèle de langage|"
        "modelo de lenguaje|modelo de linguagem|modello linguistico|языков* модел*|taalmodel|model językowy|"
        "dil modeli|трансформер*|внимани*|attenzione|atención|atenção|aufmerksamkeit|aandacht|dikkat|uwag*|chú ý|"
        "语言模型|大模型|注意力|言語モデル|アテンション|注意|언어 모델|어텐션|트랜스포머|トランスフォーマー"
    ),
    "language": (
        "nanogpt|mingpt|gpt*|llm|llms|language model*|llama*|decoder only|causal|lm head|next token|sprachmodell*|"
        "modèle de langage|modelo de lenguaje|modelo de linguagem|modello linguistico|языков* модел*|taalmodel|"
        "model językowy|dil modeli|mô hình ngôn ngữ|语言模型|大模型|言語モデル|언어 모델|unembedding|"
        "output matrix|ausgabematrix|matrice de sortie|matriz de salida|matriz de saída|matrice di uscita|"
        "выходн* матриц*|语言头"
    ),
    "attention": (
        "attention|self attention|multi head|multihead|mha|gqa|mqa|q/k/v|qkv|aufmerksamkeit|atención|atenção|"
        "attenzione|внимани*|aandacht|dikkat|uwag*|chú ý|注意力|アテンション|注意|어텐션"
    ),
    "qkv bias": (
        "bias on q/k/v|bias on qkv|bias on q, k, v|bias on q, k and v|bias for q, k, v|biases on q, k, v|qkv bias|"
        "biases on q, k and v|biases on q/k/v|bias in q, k, v|bias only on q, k, v|bias nur bei q, k, v|"
        "bias an q, k, v|"
        "biais sur q, k, v|sesgo en q, k, v|bias em q, k, v|bias su q, k, v|смещения у q, k, v|q、k、v 有偏置|"
        "q/k/v 有偏置|q、k、vのみバイアス"
    ),
    "head bias": (
        "output layer with bias|output layer with a bias|head with bias|lm head with bias|lm head with a bias|"
        "head with a bias|output projection with bias|output bias|with output bias|ausgabeschicht mit bias|"
        "couche de sortie avec biais|capa de salida con sesgo|camada de saída com viés|strato di uscita con bias|"
        "выходной слой со смещением|输出层有偏置|输出层带偏置|出力層はバイアスあり|출력층에 편향"
    ),
    "no head bias": (
        "no output bias|without output bias|output layer without bias|output layer without a bias|head without bias|"
        "lm head without bias|no bias in the output layer|no bias in the head|except the pre softmax*|"
        "except the output layer|except the lm head|ausgabeschicht ohne bias|couche de sortie sans biais|"
        "capa de salida sin sesgo|camada de saída sem viés|strato di uscita senza bias|выходной слой без смещения|"
        "输出层无偏置|出力層はバイアスなし|출력층은 편향 없"
    ),
    "tied": (
        "shared between source*|one shared matrix|tied|weight tying|tie word embeddings true|"
        "shared with the embedding*|shares its weights|gebunden|"
        "geteilt mit|gekoppelt|partagé*|compartid*|compartilhad*|condivis*|связан*|общая с эмбеддинг*|общие веса|"
        "gedeeld|gekoppeld|współdzielon*|powiązan*|paylaş*|dùng chung|chia sẻ|共享|绑定|权重共享|共有|重み共有|"
        "공유|묶"
    ),
    "untied": (
        "untied|not tied|not shared|no weight tying|tie word embeddings false|separate lm head|separate head|"
        "separate output matrix|nicht gebunden|nicht geteilt|ungebunden|non partagé*|pas partagé*|no compartid*|"
        "sin compartir|não compartilhad*|matriz de saída separada|non condivis*|не связан*|не связаны|"
        "niet gedeeld|niewspółdzielon*|nie są współdzielon*|paylaşılm*|không chia sẻ|không dùng chung|不共享|"
        "不绑定|未绑定|独立|共有しない|非共有|공유하지 않*|별도|묶지 않*"
    ),
    "gated": (
        "swiglu|geglu|reglu|glu|gated|gated mlp|gated ffn|gate up down|three matrices|gate/up/down|drei matrizen|"
        "trois matrices|tres matrices|três matrizes|tre matrici|три матрицы|三个矩阵|3つの行列|행렬 3개"
    ),
    "plain": (
        "gelu|relu|two matrices|zwei matrizen|deux matrices|dos matrices|duas matrizes|due matrici|две матрицы|"
        "两个矩阵|2つの行列"
    ),
    "rms": "rmsnorm*|rms norm*",
    "layernorm": (
        "ln f|layernorm*|layer norm*|ln|pre ln|post ln|preln|postln|pre layernorm|post layernorm|norm first|"
        "schichtnorm*|normalisation de couche|normalización de capa|层归一化|レイヤー正規化|층 정규화"
    ),
    "embedding norm": (
        "layernorm after the embedding*|layer norm after the embedding*|embedding layernorm|embedding layer norm|"
        "norm after the embedding*|layernorm on the embedding*|layernorm nach der einbettung|"
        "layernorm après l'embedding|"
        "layernorm tras el embedding|layernorm após o embedding|layernorm dopo l'embedding|"
        "layernorm после эмбеддинг*|"
        "嵌入后的层归一化|嵌入层归一化|嵌入层后|埋め込み後|임베딩 뒤"
    ),
    "pre": "pre ln|preln|pre norm|pre layernorm|norm first",
    "post": "post ln|postln|post norm|post layernorm",
    "final": (
        "final norm*|final layernorm|final rmsnorm|final layer norm|one at the end|at the end|ln f|am ende|"
        "abschließende norm|à la fin|finale|al final|ao final|no fim|norma final|no final|alla fine|в конце|"
        "последняя норма|"
        "финальная норма|aan het eind|na końcu|sonda|ở cuối|最后|末尾|最終|最後|마지막|최종"
    ),
    "no final": (
        "no final norm*|no final layernorm|no final layer norm|without a final norm*|without final norm*|no last norm|"
        "without a last norm|ohne abschließende norm|ohne letzte norm|sans norme finale|sin norma final|"
        "sem norma final|"
        "senza norma finale|без финальной норм*|без последней норм*|zonder laatste norm|没有最后的归一化|无最终归一化|"
        "最終正規化なし|마지막 정규화 없"
    ),
    "no bias": (
        "no bias|no biases|without bias|without biases|bias free|biasless|bias=false|bias false|ohne bias|"
        "keine biases|sans biais|sans bias|sin sesgo*|sin bias|sem viés|sem vieses|sem bias|senza bias|без bias|"
        "без смещени*|без сдвиг*|bias нигде нет|bias нет|zonder bias|bez biasu|bez biasów|bias yok|biassız|"
        "không có bias|không bias|无偏置|无 bias|无bias|没有偏置|不带偏置|不含偏置|バイアスなし|バイアス無し|"
        "편향 없음|편향 없이|bias 없음|bias 없이|바이어스 없"
    ),
    "bias": (
        "biases in all*|biases in every*|bias in all*|bias in every*|bias everywhere|everything with bias|"
        "all with bias|"
        "all linears have a bias|have a bias|bias true|with bias|have bias|have biases|has a bias|has biases|"
        "with biases|all linear layers have biases|"
        "all linear layers have a bias|biases everywhere|mit bias|mit biases|avec biais|avec bias|con sesgo*|"
        "con bias|com viés|com bias|со смещени*|с bias|met bias|z biasem|bias var|bias dahil|có bias|有偏置|"
        "带偏置|含偏置|バイアスあり|bias 있음|편향 있음|편향 포함|bias 포함"
    ),
    "rotary": (
        "rope|rotary|alibi|sinusoidal|sinus*|no position embeddings|no positional embedding*|синусоидальн*|"
        "旋转位置|正弦|サイン|사인"
    ),
    "learned": (
        "learned position*|learned pos*|learnable position*|trainable position*|position embedding*|"
        "positional embedding*|pos embedding*|wpe|gelernte position*|positions apprises|plongement* de position|"
        "posiciones aprendidas|embeddings de posición|posições aprendidas|embeddings de posição|"
        "posizioni apprese|обучаем* позици*|позиционн* эмбеддинг*|geleerde posit*|uczone pozycj*|"
        "öğrenilen konum*|可学习的位置|位置嵌入|位置编码可学习|学習可能な位置|位置埋め込み|학습형 위치|"
        "학습 가능한 위치|위치 임베딩"
    ),
    "class token": (
        "class token|cls token|[cls]|cls|klassentoken|token de classe|token de clase|分类token|クラストークン|"
        "클래스 토큰"
    ),
    "vision": "vit|vits|vision transformer*|patch*|патч*|パッチ|패치|补丁",
    "decoder": "encoder decoder|encoder and decoder|cross attention|кодировщик декодировщик|编码器解码器",
    "odd": (
        "mla|mamba|lora|qlora|adapter*|parallel block*|sliding window|first dense|dense layer first|"
        "hyperconnect*|lstm|first layer is dense|alternating|every other layer"
    ),
    "one kv": "multi query|mqa|multiquery",
}  # fmt: skip
"""What a text says of a transformer beside its sizes."""

HEADS = (
    "classif", "klassif", "clasif", "классиф", "head", "kopf", "分类", "分類", "분류", "sınıfland",
    "phân loại", "output", "ausgabe", "sortie", "salida", "saída", "uscita", "выход", "输出", "出力",
    "출력",
)  # fmt: skip
"""Beginnings of words for the layer that classifies."""
TOKENS = frozenset("tokens words wörter mots palabras palavras parole слов woorden słów kelime token từ".split())
"""What a vocabulary has so many of."""
LETTERS = {
    "d": "hidden", "h": "heads", "l": "layers", "n": "layers", "v": "vocabulary", "f": "ffn", "t": "positions",
}  # fmt: skip
"""What single letters before an equals sign are in papers (``d = 512, h = 8``), where no word says it."""
LINKS = frozenset(
    (
        "of is are = : is, de di da do del der la le à zu von auf van wynosi to hat has mit with con avec "
        "com с по size equal equals at the a sind est es é è равна равен равно 为 為 是 数 約 约 は が を 이 "
        "가 은 는 는요 という про lik uit je olarak là"
    ).split()
)
"""Between what a size is called and the number."""
COUNTERS = "个個개つ본"
"""Between a number and what it counts."""
STOPS = frozenset(
    (
        "per each pro por par je на в for in every jede jedes chaque cada ogni każdej każda elke mỗi her and "
        "und et y e i и ve và or oder ou o или as als como than dann then but of de di von van"
    ).split()
)
"""Behind a number, before a word that it does not count."""
NUMBERS = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "twelve": 12,
    "sixteen": 16, "zwei": 2, "vier": 4, "sechs": 6, "acht": 8, "zwölf": 12, "deux": 2, "quatre": 4,
    "huit": 8, "douze": 12, "dos": 2, "cuatro": 4, "seis": 6, "ocho": 8, "doce": 12, "dois": 2,
    "quatro": 4, "oito": 8, "doze": 12, "due": 2, "quattro": 4, "sei": 6, "otto": 8, "dodici": 12,
    "два": 2, "две": 2, "четыре": 4, "шесть": 6, "восемь": 8, "двенадцать": 12, "twee": 2, "zes": 6,
    "twaalf": 12, "dwie": 2, "cztery": 4, "sześć": 6, "osiem": 8, "dört": 4, "altı": 6, "sekiz": 8,
}  # fmt: skip
"""Small numbers in words."""
