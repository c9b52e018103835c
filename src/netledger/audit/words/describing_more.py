"""More words of descriptions: Dutch, Polish, Turkish and Vietnamese, each joined to its role."""

from __future__ import annotations

KINDS = {
    "conv": "convolutie*|convolutional*|splot*|konwoluc*|evrişim*|konvolüsyon*|tích chập|lớp tích chập",
    "transposed": (
        "getransponeerde convolutie*|splot transponowan*|ters evrişim*|transpoze evrişim*|"
        "tích chập chuyển vị"
    ),
    "depthwise": "derinlemesine evrişim*|tích chập theo chiều sâu|splot wgłębn*",
    "maxpool": "maks pool*|max havuzlama*|maksimum havuzlama*|gộp cực đại|maksymaln* pooling",
    "avgpool": "gemiddelde pooling|ortalama havuzlama*|gộp trung bình|średni* pooling",
    "gap": "global ortalama havuzlama*|globalny average pooling",
    "pool": "havuzlama*|gộp|lớp gộp|łączeni*|bemonstering",
    "linear": (
        "volledig verbonden|dichte laag|lineaire|w pełni połączon*|pełne połączen*|gęst*|liniow*|"
        "tam bağlantılı|tam bağlı|yoğun katman*|yoğun|doğrusal|kết nối đầy đủ|tuyến tính|lớp dày đặc"
    ),
    "flatten": "afvlak*|afgevlakt|spłaszcz*|düzleştir*|làm phẳng|duỗi phẳng",
    "batchnorm": "batchnormalisatie|normalizacja wsadow*|yığın normalleştirme*|chuẩn hóa theo lô|chuẩn hoá theo lô",
    "embedding": "inbedding*|osadzeni*|gömme*|nhúng|lớp nhúng",
    "bilstm": "tweerichtings lstm|dwukierunkow* lstm|çift yönlü lstm|lstm hai chiều",
    "attention": "aandacht*|uwag*|dikkat|chú ý",
}  # fmt: skip
SIZES = {
    "filters": (
        "filtr|filtry|filtrów|filtre|filtreli|bộ lọc|uitvoerkanalen|kanałów wyjściowych|çıkış kanal*|"
        "kênh đầu ra|kênh ra"
    ),
    "in_channels": "invoerkanalen|kanałów wejściowych|giriş kanal*|kênh đầu vào|kênh vào",
    "channels": "kanalen|kanał|kanały|kanałów|kanallı|kênh",
    "units": "neuronów|neurony|jednostek|jednostki|nöron*|birim*|nơ ron|nơron|đơn vị|eenheden|eenheid|komórek",
    "features": (
        "kenmerk|kenmerken|cech|cechy|özellik*|đặc trưng|thuộc tính|pikseli|piksel*|beeldpunten|"
        "variabelen|zmiennych|değişken*"
    ),
    "kernel": "kernelgrootte|jądro|jądra|jądrem|rozmiar jądra|çekirdek*|kích thước kernel|nhân",
    "extent": "grootte|met grootte|lengte|rozmiar*|o rozmiarze|długoś*|boyut|boyutunda|boyutlu|uzunlu*|"
    "kích thước|cỡ|độ dài",
    "stride": "stap|krok|krokiem|kroku|adım*|bước|bước nhảy",
    "padding": "opvulling|dopełnienie|dolgu*|đệm",
    "groups": "groepen|grup|nhóm",
    "classes": "klassen|klas|klasy|sınıf*|soorten|categorieën|kategorii",
    "vocabulary": "woordenschat|woorden|słów|słownik*|kelime*|sözcük*|từ vựng|từ",
    "dimension": "dimensie|dimensies|wymiar*|boyut*|chiều",
    "steps": "tijdstappen|kroków czasowych|zaman adım*|bước thời gian",
}  # fmt: skip
OTHERS = {
    "input": "invoer|ingang|ingangen|wejści*|wejść|giriş|girişli|girdi|đầu vào|ngõ vào",
    "output": "uitvoer|uitgang|uitgangen|uitvoerlaag|wyjści*|wyjść|çıkış|çıkışlı|çıktı|đầu ra|ngõ ra",
    "hidden": "verborgen|ukryt*|gizli|ẩn",
    "layer": "laag|lagen|warstw*|katman*|tầng|lớp",
    "valid": (
        "zonder padding|zonder opvulling|bez paddingu|bez dopełnienia|dolgusuz|padding yok|không padding|"
        "không đệm"
    ),
    "without bias": (
        "zonder bias|zonder biases|geen bias|bez biasu|bez biasów|bez obciążenia|bias yok|biassız|"
        "không bias|không có bias"
    ),
    "with bias": "met bias|z biasem|bias var|có bias",
    "rgb": "kleurenbeeld*|kleurenafbeelding*|kolorow*|renkli|ảnh màu",
    "gray": "grijswaarden*|skal* szarości|gri tonlama*|gri tonlu|gri|ảnh xám",
    "image": "afbeelding|afbeeldingen|plaatje|plaatjes|obraz|obrazy|obrazów|görüntü*|resim|hình ảnh|ảnh",
    "bidirectional": "tweerichtings*|dwukierunk*|çift yönlü|hai chiều",
    "params": "gewichten|wag|wagi|ağırlık*|trọng số|tham số|totaal|razem|suma|toplam|tổng|parametr*|parametre*",
    "then": (
        "daarna|vervolgens|gevolgd door|tot slot|dan een|potem|następnie|na koniec|sonra|ardından|"
        "son olarak|sau đó|tiếp theo|cuối cùng|tiếp đến"
    ),
    "and": "en|i|oraz|ve|và|met|z",
    "to": "naar|do|đến",
    "by": "bij|sang",
    "each": "elk|elke|każdy|każda|każdej|her|mỗi",
    "mlp": "netwerk|sieć|sieci|ağ|mạng|perceptronu",
}  # fmt: skip
NUMBERS = {
    1: "een|één|jeden|jedna|bir|một",
    2: "twee|dwie|dwa|dwóch|iki|hai",
    3: "drie|trzy|trzech|üç|ba",
    4: "vier|cztery|dört|bốn",
    5: "vijf|pięć|beş|năm",
    6: "zes|sześć|altı|sáu",
}  # fmt: skip
BRANCHES = (
    "tower|branch|head|parallel|beside|skip|residual|shortcut|projection|proj|side|both|actor|critic|policy|value|"
    "mu|sigma|mean|var|logvar|std|advantage|zweig|turm|kopf|daneben|branche|tour|tête|rama|torre|cabeza|paralelo|"
    "ramo|testa|cabeça|ветвь|башня|голова|параллельно|tak|kop|gałąź|głowa|kol|nhánh|"
    "分支|并行|塔|头|捷径|残差|跳跃|ブランチ|並列|ヘッド|分岐|残差|分岐|브랜치|병렬|헤드|가지|잔차"
)
"""Words of a layer that reads something else than what the one above it makes."""
TWINS = (
    "mu mean z_mean logvar log_var z_log_var log_variance sigma std var variance z_logvar",
    "policy value actor critic advantage q_value pi v",
    "start_logits end_logits box boxes bbox cls objectness class_head box_head",
)
"""Names of layers that stand beside each other and read the same."""
SOURCES = (
    "from reads reading fed off after on von aus nach de depuis après desde tras da dal dalla из от van z po từ "
    "takes using"
)
"""Words before what a layer reads: ``from the same layer``."""
SOURCE_SIGNS = ("从", "取自", "来自", "から", "에서")
"""The same in scripts without spaces; Japanese and Korean ones stand behind it."""
FORKS = "branch tower head path stream zweig turm kopf branche tour tête rama torre cabeza ramo ветвь башня tak gałąź"
"""What a line begins with that lists one of several things beside each other."""
FORK_SIGNS = ("分支", "塔", "ブランチ", "分岐", "브랜치", "가지")
NEVER = frozenset("false ✗ ✘ ❌ nein non nee nie hayır нет 否 いいえ 아니오".split())
"""Signs and words of a cell that say that a layer lacks what the column is about."""
CHANGED = frozenset(
    (
        "mini tiny toy micro nano simplified modified custom shrunken reduced homemade our my vereinfachtes "
        "vereinfachten "
        "vereinfachte vereinfachter kleines kleine kleiner eigenes eigene mein unser angepasstes petit petite "
        "simplifié modifié "
        "pequeño pequeña simplificado simplificada modificado pequeno pequena reduzido piccolo piccola semplificato "
        "semplificata modificato маленький маленькая упрощённый упрощенный упрощённая свой своя klein kleine "
        "vereenvoudigd "
        "mały mała uproszczony küçük basitleştirilmiş thu nhỏ 迷你 简化 简化版 小型 改进 ミニ 簡略化 小さな 미니 단순화"
    ).split()
)
"""Words before a network's name that make it another network."""
LIKE = frozenset(
    (
        "like style styled type inspired ähnlich ähnliches artig artiges inspiriert inspiré similaire similar "
        "inspirado simile подобная "
        "подобный подобной стиле achtig podobna podobny benzeri tarzı 风格 风格的 式 式の 風 風の 스타일 비슷한"
    ).split()
)
"""Words behind a network's name that make it another network."""
