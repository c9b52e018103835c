"""What the words of a description of layers mean: ``role → phrases``, in fourteen languages.

``*`` at the end lets a word end in any way (``filtre*``). Chinese, Japanese and Korean phrases stand anywhere;
others begin at the beginning of a word. The longest phrase wins. A hyphen counts as a space.
"""

from __future__ import annotations

from netledger.audit.words import describing_more

KINDS = {
    "conv": "conv|convs|convolu*|convolv*|faltung*|свёрт*|сверт*|卷积|卷積|畳み込み|畳込み|たたみ込み|"
    "コンボリューション|"
    "합성곱|컨볼루션|콘볼루션|컨벌루션|"
    "convnet layer",
    "transposed": "transposed conv*|convolução transposta|convoluções transpostas|convolución transpuesta|"
    "convolución traspuesta|convolucion* transpuesta*|convoluzione trasposta|convoluzioni trasposte|"
    "convolutions transposées|"
    "transponierte faltung*|transponierte convolution*|transpose conv*|deconv*|upconv*|up conv*|"
    "convtranspose*|conv transpose*|"
    "conv2dtranspose|"
    "转置卷积|反卷积|転置畳み込み|전치 합성곱|транспонированн* свёрт*|транспонированная свёртка|"
    "convolution transposée",
    "depthwise": "depthwise conv*|depth wise conv*|depthwise|dwconv*|深度卷积|逐通道卷积|深度方向畳み込み|"
    "깊이별 합성곱|глубинн*",
    "pointwise": "pointwise*|point wise*|1x1 conv*|pwconv*|pw conv*|逐点卷积|点卷积|точечн* свёртк*|puntual",
    "separable": "depthwise separable conv*|depthwise separable|separable conv*|separableconv*|深度可分离卷积|"
    "可分离卷积|"
    "分離可能畳み込み|"
    "convolution séparable*|convolución separable|convolução separável|convoluzione separabile|"
    "separierbare faltung",
    "maxpool": "max pool*|maxpool*|maximum pool*|pooling max|pool max*|最大池化|最大プーリング|最大値プーリング|"
    "マックスプーリング|"
    "맥스 풀링|맥스풀링|최대 풀링|최대풀링|최댓값 풀링|макс пул*|макспул*|максимальный пулинг|"
    "максимальное объединение|"
    "agrupación máxima|agrupamiento máximo|agrupamento máximo",
    "avgpool": "average pool*|avg pool*|avgpool*|averagepool*|mean pool*|mittelwert pool*|平均池化|"
    "平均プーリング|평균 풀링|평균풀링|"
    "усредняющий пулинг|средний пулинг|pooling moyen|pooling promedio|pooling médio|pooling medio|average pooling",
    "gap": "global max pool*|globalmaxpool*|全局最大池化|グローバル最大プーリング|전역 최대 풀링|"
    "globales max pooling|"
    "max pooling global*|глобальный макс*|global average pool*|global avg pool*|globalaveragepool*|"
    "global pool*|adaptive average pool*|"
    "adaptiveavgpool*|gap|全局平均池化|"
    "グローバル平均プーリング|전역 평균 풀링|глобальный средний пулинг|глобальное усреднение|"
    "globales average pooling|"
    "globales mittelwert pooling|"
    "pooling moyen global|pooling global",
    "pool": "pool*|池化|プーリング|풀링|пулинг*|подвыборк*|объединени*|unterabtast*|sous échantillonnage|"
    "submuestreo|"
    "subamostragem",
    "linear": "linear|linear layer|dense|fully connected|fully connect*|full connect*|fc|affine|densely connected|"
    "全连接|全連接|全結合|"
    "稠密|密集层|线性层|線形層|全接続|전결합|완전 연결|완전연결|밀집|댄스|덴스|선형|полносвязн*|полносвязан*|"
    "линейн*|vollverbunden*|"
    "vollständig verbunden*|voll verbunden*|dichte schicht|dicht verbunden*|lineare schicht|densa|denso|"
    "dense layer|completamente conect*|"
    "totalmente conect*|entièrement connect*|complètement connect*|totalement connect*|completamente connes*|"
    "pienamente connes*|"
    "totalmente connes*|linéaire*|lineal|lineare|linear",
    "flatten": "flatten*|flat|展平|扁平化|平坦化|フラット化|フラットン|평탄화|플래튼|플래튼층|aplati*|aplanad*|"
    "aplana*|achatad*|achatam*|"
    "appiatt*|"
    "разворачива*|выпрямл*|развёрт*|abflach*|glätt*|mise à plat",
    "batchnorm": "batch norm*|batchnorm*|bn|batch normalization|批归一化|批量归一化|批标准化|批次归一化|"
    "バッチ正規化|バッチノーマライゼーション|"
    "배치 정규화|배치정규화|пакетная нормализация|пакетной нормализации|батч норм*|батчнорм*|"
    "normalisation par lot*|"
    "normalización por lotes|normalização em lote*|normalização por lote*|normalizzazione batch|"
    "stapelnormalisierung|normalisation de lot*",
    "layernorm": "layer norm*|layernorm*|ln|层归一化|レイヤー正規化|层标准化|층 정규화|레이어 정규화|"
    "нормализация слоя|schichtnormalisierung|"
    "normalisation de couche|normalización de capa|normalização de camada",
    "rmsnorm": "rms norm*|rmsnorm*",
    "lstm": "lstm|lstms|长短期记忆",
    "bilstm": "bilstm|bi lstm|bidirectional lstm|双向lstm|双方向lstm|양방향 lstm|lstm bidirec*|lstm bidirez*|"
    "двунаправленн* lstm|bidirektional* lstm",
    "gru": "gru|grus",
    "bigru": "bigru|bi gru|bidirectional gru|双向gru|双方向gru|양방향 gru|gru bidirec*",
    "rnn": "rnn|simplernn|simple rnn|vanilla rnn|elman rnn|elman network|elman net|elman|recurrent layer|循环层|"
    "单纯rnn",
    "embedding": "词向量|embedding*|embeddings|词嵌入|嵌入|埋め込み|임베딩|einbettung*|эмбеддинг*|встраивани*|"
    "incrust*|"
    "plongement*|"
    "word embedding*|"
    "token embedding*",
    "concat": "concat*|skip connection*|verkett*|verknüpf*|concaten*|concaté*|конкатен*|拼接|级联|跳跃连接|"
    "連結|スキップ接続|"
    "연결 결합|이어붙*|스킵 연결|aaneen*|skip verbinding*|połączenie pomijające|konkaten*|birleştir*|"
    "atlama bağlantı*|ghép nối|nối tắt|"
    "connexion résiduelle",
    "dropout": "dropout|ドロップアウト|드롭아웃|дропаут*|随机失活",
    "activation": "relu|sigmoid|softmax|tanh|gelu|silu|elu|leaky relu|activation*|激活|活性化|활성화|aktivierung*|"
    "активаци*|activación|ativação|attivazion*",
    "attention": "attention|self attention|multi head attention|multihead attention|multihead*|mha|注意力|"
    "アテンション|注意機構|"
    "어텐션|aufmerksamkeit*|внимани*|atención|atenção|attenzione",
}  # fmt: skip
"""Kinds of layers."""

SIZES = {
    "filters": "filter|filters|filtre|filtres|filtro|filtros|filtri|filtern|фильтр*|滤波器|濾波器|卷积核|卷積核|"
    "フィルタ|フィルター|필터|"
    "feature maps|feature map|"
    "featuremaps|output channels|out channels|out_channels|输出通道|出力チャンネル|출력 채널|ausgabekanäl*|"
    "ausgangskanäl*|"
    "canaux de sortie|canales de salida|"
    "canais de saída|canali di uscita|canali di output|выходн* канал*|выходных каналов|выходных канала|特征图|"
    "特徴マップ|"
    "merkmalskarten|feature karten",
    "in_channels": "input channels|in channels|in_channels|input channel|输入通道|入力チャンネル|입력 채널|"
    "eingabekanäl*|"
    "eingangskanäl*|canaux d'entrée|"
    "canaux en entrée|canales de entrada|canais de entrada|canali di ingresso|canali in ingresso|canali di input|"
    "входных каналов|входных канала|входной канал|input depth",
    "channels": "channel*|kanal|kanäle*|canal|canales|canais|canaux|canali|канал*|通道|チャンネル|チャネル|채널|"
    "lead|leads|ableitungen|dérivations|derivaciones|derivações|derivazioni|отведени*|导联|誘導|유도|axis accelero*|"
    "axis sensor*|axis imu|feature channels",
    "units": "unit|units|neuron|neurons|neuronen|neurone|neurones|neurona|neuronas|neurônio|neurônios|neurónios|"
    "neuroni|unité|unités|unidad|unidades|unidade|"
    "unità|einheit|einheiten|нейрон*|神经元|神經元|单元|單元|隐藏单元|ユニット|ニューロン|유닛|뉴런|노드|ノード|"
    "节点|node|nodes|knoten|nœud|nœuds|"
    "nodo|nodos|nodi|"
    "узл*|узел|cells|hidden units|hidden size|hidden neurons|cell units|единиц*|out features|out_features|"
    "output features|ausgabemerkmale",
    "features": "feature|features|特征|特徴量|特徴|특징|특성|피처|피쳐|merkmal|merkmale|merkmalen|признак*|"
    "caractéristique|"
    "caractéristiques|característica|"
    "características|caratteristica|caratteristiche|attribut|attributs|attributes|attribute|input features|"
    "in features|in_features|eingabemerkmale|variables|pixel|"
    "pixels|пиксел*|像素|画素|픽셀|píxeles|pixels",
    "kernel": "kernel|kernel size|kernels|kernelgröße|kerngröße|noyau|noyaux|núcleo|núcleos|nucleo|kern|"
    "ядр*|核大小|卷积核大小|カーネル|カーネルサイズ|커널|"
    "filter size|filtergröße|window|fenster|窗口|ウィンドウ|윈도우|fenêtre|ventana|janela|finestra|окн*|"
    "taille de noyau|"
    "tamaño de kernel|размер ядра|k",
    "extent": "width|of width|宽度|寬度|너비|breite|largeur|de largeur|ancho|de ancho|largura|larghezza|"
    "шириной|length|of size|of length|sized|size|länge|größe|der größe|der länge|longueur|de taille|taille|"
    "de longueur|"
    "longitud|de tamaño|tamaño|de longitud|comprimento|tamanho|de tamanho|lunghezza|di dimensione|"
    "di lunghezza|длин*|размер*|长度|大小|長さ|サイズ|길이|크기",
    "stride": "stride|strides|步长|步幅|步長|ストライド|스트라이드|보폭|schrittweite|schritt|pas|paso|passo|шаг|"
    "шага|шагом|foulée|"
    "zancada|s",
    "padding": "padding|pad|填充|パディング|패딩|auffüllung|polsterung|remplissage|relleno|preenchimento|"
    "riempimento|"
    "паддинг*|дополнени*|заполнени*|отступ*|p",
    "groups": "groups|groups of|分组|组|グループ|그룹|групп*|groupes|grupos|gruppen|gruppi|g",
    "classes": "class|classes|klassen|类别|类|分类|クラス|클래스|класс*|clases|classi|logits|actions|labels",
    "heads": "head|heads|注意力头|ヘッド|헤드|köpfe|kopf|têtes|cabezas|cabeças|голов*|teste di attenzione",
    "vocabulary": "alphabet|alphabet size|symbols|symbole|symboles|símbolos|simboli|символ*|алфавит*|字母|記号|기호|"
    "vocab|vocabulary|vocab size|vocabulary size|vocabulary of|词表|词汇|词汇表|語彙|語彙数|어휘|"
    "단어|wortschatz|"
    "vokabular|vocabulaire|vocabulario|"
    "vocabulário|vocabolario|словар*|words|tokens|wörter|wörtern|mots|palabras|palavras|parole|слов|токен*|单词|"
    "个词|"
    "個詞|单詞|単語|トークン|토큰|语料|entries|num_embeddings",
    "dimension": "dimension|dimensions|dimensional|dim|dims|维度|维|維|次元|차원|размерност*|мерн*|dimensión|"
    "dimensiones|"
    "dimensão|dimensões|dimensione|dimensioni|dimensionen|"
    "dimensionale|embedding dim|embedding_dim|embedding size|dimensionen",
    "steps": "sequences of|sequence of|"
    "time steps|timesteps|time step|steps|sequence length|seq len|时间步|時間步|タイムステップ|ステップ|"
    "타임스텝|시점|"
    "zeitschritt*|pas de temps|pasos de tiempo|"
    "pasos temporales|passos de tempo|шаг* времени|временных шагов|временных шага|passi temporali|frames|кадр*",
    "stack": "stacked|stacked layers|num_layers",
}  # fmt: skip
"""What a number beside such a word is."""

OTHERS = {
    "input": "in|cin|input|inputs|input layer|input shape|input size|input image|输入|輸入|入力|입력|eingabe*|"
    "eingang*|"
    "eingäng*|"
    "entrée|entrées|entrada|entradas|вход|"
    "входа|входов|входы|входе|входн*|на вход|ingress*|ingresso|input_shape|input_size|eingabeschicht",
    "output": "out|cout|output|outputs|output layer|输出|輸出|出力|출력|ausgabe|ausgaben|ausgabeschicht|"
    "ausgang|ausgänge*|"
    "sortie|"
    "sorties|salida|salidas|saída|saídas|saida|saidas|выход|"
    "выхода|выходов|выходы|выходн*|uscita|uscite|output shape",
    "hidden": "hidden|隐藏|隱藏|隠れ|隠れ層|은닉|versteckt*|verborgen*|caché|cachée|cachées|cachés|oculta|"
    "ocultas|oculto|"
    "скрыт*|nascost*",
    "layer": "layer|layers|层|層|층|레이어|レイヤー|レイヤ|schicht|schichten|couche|couches|capa|capas|camada|"
    "camadas|слой|слоя|"
    "слоев|слоёв|слои|слое|strato|strati|livello",
    "same": "same|size is kept|keeps the size|size stays|size preserv*|preserves the size|preserving padding|"
    "größe erhalten|größe bleibt|"
    "conserver la taille|conservant la taille|pour garder la taille|mantener el tamaño|manter o tamanho|"
    "mantenere la dimensione|"
    "сохранить размер|сохранения размера|"
    "conserve la taille|taille conservée|conserva el tamaño|mantém o tamanho|mantiene la dimensione|"
    "сохраняет размер|размер сохраняется|"
    "保持尺寸|尺寸不变|大小不变|サイズを保つ|サイズを維持|크기 유지|크기를 유지|behoudt de grootte|"
    "zachowuje rozmiar|boyutu korur|giữ nguyên kích thước|padding same|same padding|'same'|gleich bleibend|"
    "zero padded to the same size",
    "valid": "valid|no padding|no pad|without padding|unpadded|ohne padding|ohne auffüllung|sans padding|"
    "sans remplissage|sin padding|sin relleno|sem padding|sem preenchimento|"
    "senza padding|без паддинга|без дополнения|без отступ*|без заполнени*|无填充|不填充|無填充|パディングなし|"
    "パディング無し|패딩 없음|패딩 없이|"
    "패딩없음",
    "without bias": "no bias|no biases|without bias|without biases|bias free|without a bias|bias=false|"
    "use_bias=false|bias = false|ohne bias|ohne verschiebung|sans biais|sin sesgo|"
    "sin bias|sem viés|sem bias|senza bias|без смещени*|без сдвиг*|无偏置|無偏置|不带偏置|没有偏置|不含偏置|"
    "无偏差|バイアスなし|バイアス無し|편향 없음|"
    "편향 없이|편향없음|"
    "바이어스 없음|바이어스 없이|bias 없음|bias 없이|bias off|biases off|bias无",
    "with bias": "with bias|with biases|with a bias|bias=true|use_bias=true|mit bias|avec biais|con sesgo|com viés|"
    "com bias|con bias|со смещени*|有偏置|带偏置|バイアスあり|편향 있음",
    "rgb": "rgb|colour|color|彩色|カラー|컬러|farbbild*|en couleur|couleur|couleurs|a color|colorid*|цветн*|"
    "a colori",
    "gray": "cinza|gris|grigio|grau|серый|серые|серых|"
    "gray|grey|grayscale|greyscale|gray scale|grey scale|灰度|グレースケール|白黒|흑백|그레이스케일|"
    "회색조|graustufen*|"
    "niveaux de gris|escala de grises|tons de cinza|"
    "escala de cinza|оттенк* серого|оттенках серого|в градациях серого|чёрно бел*|черно бел*|scala di grigi|"
    "monochrom*|black and white",
    "image": "volume|volumen|tensor|体积|image|images|bild|bilder|изображени*|картинк*|картинок|imagen|imágenes|imagem|"
    "imagens|immagine|immagini|"
    "图像|图片|"
    "影像|画像|이미지",
    "bidirectional": "bidirection*|双向|双方向|양방향|двунаправл*|bidirekt*|bidirec*|bidirez*|bidireccional*",
    "params": "batch size|batch sizes|batchgröße|taille de lot|tamaño de lote|tamanho do lote|размер батча|"
    "批大小|批量大小|バッチサイズ|"
    "배치 크기|parameter|parameters|params|param|parametern|paramètre|paramètres|parámetro|parámetros|parâmetro|"
    "parâmetros|parametri|параметр*|参数|參數|パラメータ|パラメーター|"
    "파라미터|매개변수|weights|weight|gewicht*|poids|pesos|pesi|весов|веса|权重|權重|重み|가중치|biases|bias|"
    "biais|sesgo|sesgos|"
    "viés|vieses|смещени*|偏置|バイアス|편향|macs|flops|mults|multiplications|"
    "mb|gb|kb|bytes|memory|speicher|operations|connections|neurons total|total|gesamt|insgesamt|合计|总计|总共|"
    "合計|総数|합계|"
    "итого|всего|somme|suma",
    "then": "then|followed by|and then|after that|next|finally|dann|danach|gefolgt von|anschließend|schließlich|"
    "puis|suivi de|suivie de|suivi d'une|suivie d'une|ensuite|enfin|luego|"
    "seguida de|seguido de|seguida por|seguido por|después|finalmente|depois|em seguida|затем|потом|далее|"
    "после этого|наконец|poi|seguito da|seguita da|infine|接着|接下来|然后|之后|"
    "随后|最后|次に|その後|続いて|最後に|다음|그 다음|이어서|마지막으로|그리고",
    "and": "and|und|et|y|e|и|和|与|及|と|および|및|와|과|with|plus|mit|avec|con|com|с|со",
    "to": "to|auf|à|a|para|до|в|until|bis|から",
    "by": "by|на|por|par|mal|per",
    "times": "times|mal|fois|veces|vezes|volte|раз|раза|次|回|번|keer|razy|kez|lần|repetitions|repeats|"
    "wiederholungen|répétitions|"
    "repeticiones|repetições|ripetizioni|повторени*|powtórze*|tekrar",
    "all": "all|both|alle|beide|sämtliche|tous|toutes|les deux|todos|todas|ambos|ambas|tutti|tutte|entrambi|"
    "entrambe|все|всех|"
    "оба|обе|所有|全部|均|都|すべて|全て|両方|모두|모든|둘 다|wszystkie|obie|oba|tüm|hepsi|her ikisi|tất cả|"
    "cả hai|allebei",
    "block": "block|blocks|stage|stages|bloc|blocs|étage|bloque|bloques|bloco|blocos|etapa|blocco|blocchi|"
    "блок*|块|塊|ブロック|블록|"
    "stufe|blok|blokken|etap|aşama|khối",
    "shortcut": "shortcut*|skip projection|projection shortcut|捷径|短路|ショートカット|숏컷|abkürzung|"
    "raccourci|atajo|atalho|"
    "scorciatoia|сокращённ*|skrót*|kısayol|kestirme|đường tắt|kortsluiting",
    "in front": "in front of|preceded by|before it|before that|before them|davor|devant|avant cela|delante|"
    "antes dela|antes dele|"
    "davanti|перед ним|перед ними|在此之前|之前先|その前|그 앞에|przed nim|ondan önce|trước đó|ervoor",
    "each": "each|every|je|jeweils|chacun|chacune|cada|каждый|каждая|каждом|ciascuno|ciascuna|各|每|それぞれ|각각|"
    "respectively",
    "keras": "keras|tensorflow|tf.keras",
    "pytorch": "pytorch|torch|nn.module",
    "mlp": "mlp|autoencoder*|autoencodeur*|autocodificador*|автокодировщик*|автоэнкодер*|自编码器|"
    "オートエンコーダ|오토인코더|perceptron|multilayer perceptron|feedforward network|feed forward network|"
    "neural network|"
    "neural net|network|net|architecture|topology|全连接网络|神经网络|网络结构|"
    "ネットワーク|ニューラルネットワーク|多層パーセプトロン|신경망|네트워크|다층 퍼셉트론|netz|netzwerk|"
    "neuronales netz*|réseau|réseau de neurones|red|"
    "red neuronal|rede|rede neural|сеть|нейросет*|"
    "нейронная сеть|перцептрон*|персептрон*|rete|rete neurale|多层感知机|多层感知器|感知机|perzeptron|perceptrón|"
    "perceptrone|"
    "perceptron multicouche",
    "reversed": "on top of|on top|after the|instead of|statt|anstatt|compared|versus|vs|if|suppose|"
    "unlike|whereas",
}  # fmt: skip
"""Words that say something about sizes, or whose numbers are none of a layer."""

NUMBERS = {
    1: "one|a single|single|ein|eine|einer|eines|un|une|una|uno|um|uma|один|одна|одного|一个|一層|하나",
    2: "two|zwei|deux|dos|dois|duas|два|две|двух|двумя|due|两|兩|二つ|두|两个|两层|2つ",
    3: "three|drei|trois|tres|três|три|трёх|трех|tre|三个|三层|三つ|세",
    4: "four|vier|quatre|cuatro|quatro|четыре|четырёх|четырех|quattro|四个|四层|四つ|네",
    5: "five|fünf|cinq|cinco|пять|пяти|cinque|五个|五层|다섯",
    7: "seven|sieben|sept|siete|sete|семь|семи|sette|七个|일곱|zeven|siedem|yedi|bảy",
    8: "eight|acht|huit|ocho|oito|восемь|восьми|otto|八个|여덟|osiem|sekiz|tám",
    9: "nine|neun|neuf|nueve|nove|девять|девяти|九个|아홉|negen|dziewięć|dokuz|chín",
    10: "ten|zehn|dix|diez|dez|десять|десяти|dieci|十个|열|tien|dziesięć|mười",
    16: "sixteen|sechzehn|seize|dieciséis|dezesseis|шестнадцать|sedici|十六个|열여섯|zestien|szesnaście|"
    "on altı|mười sáu",
    20: "twenty|zwanzig|vingt|veinte|vinte|двадцать|venti|二十个|스무|twintig|dwadzieścia|yirmi|hai mươi",
    24: "twenty four|vierundzwanzig|vingt quatre|veinticuatro|vinte e quatro|двадцать четыре|ventiquattro|二十四个",
    32: "thirty two|zweiunddreißig|trente deux|treinta y dos|trinta e dois|тридцать два|trentadue|三十二个",
    64: "sixty four|vierundsechzig|soixante quatre|sesenta y cuatro|sessenta e quatro|шестьдесят четыре|"
    "sessantaquattro",
    12: "twelve|zwölf|douze|doce|doze|двенадцать|dodici|twaalf|dwanaście|on iki|mười hai",
    6: "six|sechs|seis|шесть|шести|sei|六个|六层|여섯",
}  # fmt: skip
"""Small numbers as words."""

EVERY = (
    "all|every|each|alle|sämtliche|jede|jeder|toutes|tous|chaque|todas|todos|cada|tutte|tutti|ogni|все|всех|каждая|"
    "каждый|нигде|nowhere|никакие|alle|elke|wszystkie|każda|każdy|tüm|bütün|her|mọi|tất|所有|全部|每个|每一|"
    "均|都|すべて|全て|各|"
    "모든|전부|각"
)
"""Words by which a sentence is about all layers."""

ASSIGNED = frozenset("in out cin cout k s p g".split())
"""Short words for a size, where a sign of equality follows: ``in=3, out=16, k=5``."""

DESCRIPTIONS = (
    "dettagl", "détail", "detalle", "detalhe", "szczegół", "ayrıntı", "chi tiết", "подробн", "详", "詳",
    "상세", "specif",
    "spezif", "spécif", "especif", "settings", "einstellung", "options", "descri", "beschreib", "config",
    "konfig", "detail", "definition", "argument", "hyperparam", "описание", "opis",
    "açıklama", "mô tả", "cấu hình", "omschrijving", "说明", "描述", "配置", "構成", "説明", "설명", "구성",
)  # fmt: skip
"""Beginnings of headings of a column that says in words what a layer is."""
TYPES = (
    "type", "typ", "tipo", "kind", "soort", "тип", "类型", "類型", "種類", "종류", "유형", "tür", "loại",
    "rodzaj", "art",
    "name", "naam", "nom", "nome", "nombre", "nazwa", "имя", "название", "名称", "名前", "이름", "ad", "tên",
    "operation", "op",
    "opération", "operación", "operação", "operazione", "операция", "操作", "연산", "işlem", "phép toán",
    "operacja", "",
)  # fmt: skip
"""Headings of a column that says which layer it is."""

for _table, _more in (
    (KINDS, describing_more.KINDS),
    (SIZES, describing_more.SIZES),
    (OTHERS, describing_more.OTHERS),
):
    for _role, _words in _more.items():
        _table[_role] += f"|{_words}"
for _number, _words in describing_more.NUMBERS.items():
    NUMBERS[_number] += f"|{_words}"
ENTERING = frozenset(
    (
        "in", "cin", "c in", "in ch", "in channels", "in features", "in dim", "n in", "fan in", "from", "ein", "von",
        "entrée",
        "entrées", "de", "entrada", "entradas", "ingresso", "ingressi", "вход", "входов", "вх", "wejście", "giriş",
        "vào",
        "输入", "输入通道", "入力", "입력",
    )
)  # fmt: skip
"""Headings of the column of what a layer reads."""
LEAVING = frozenset(
    (
        "out", "cout", "c out", "out ch", "out channels", "out features", "out dim", "n out", "fan out", "to", "aus",
        "nach",
        "sortie", "sorties", "salida", "salidas", "saída", "saídas", "uscita", "uscite", "выход", "выходов", "вых",
        "wyjście",
        "çıkış", "ra", "输出", "输出通道", "出力", "출력",
    )
)  # fmt: skip
"""Headings of the column of how many values or maps it makes."""
