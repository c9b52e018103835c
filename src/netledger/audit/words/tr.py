"""Turkish."""

from netledger.audit.words.ordinals import in_order

QUANTITIES = {
    "params": "ağırlık eğitilebilir",
    "ops": "işlem çarpma",
    "connections": "bağlantı",
    "bytes": "bellek bayt",
    "features": "nöron özellik",
    "shape": "çıkış giriş boyut kanal filtre adım",
    "percent": "yüzde",
}
FAMILIES = {
    "conv": "evrişim konv konvolüsyon", "depthwise": "derinlemesine", "pointwise": "noktasal",
    "linear": "yoğun doğrusal bağlı bağlantılı", "batchnorm": "yığın", "norm": "normalleştirme", "embedding": "gömme",
    "attention": "dikkat", "ffn": "", "pool": "havuzlama", "flatten": "düzleştirme", "block": "katman blok",
}  # fmt: skip
EXACT = "blok"
TOTAL = "toplam"
ALL = "hepsi"
TOTAL_STARTS = ""
ORDINALS = in_order("birinci ilk|ikinci|üçüncü|dördüncü|beşinci|altıncı|yedinci|sekizinci|dokuzuncu|onuncu") | in_order(
    "sonuncu son_katman son_katmanda son_evrişim son_yoğun son_tam|sondan_ikinci sondan_bir_önceki sondan_önceki",
    back=True,
)
MULTIPLIERS = {"milyon": 10**6, "milyar": 10**9}
RELATIONS = {"yaklaşık": "≈"}
OPERATORS = {"çarpı": "*", "artı": "+", "eksi": "-"}
NUMBERS = in_order("bir|iki|üç|dört|beş|altı|yedi|sekiz|dokuz|on")
NOTHING = "hiç"
EACH = "her"
ONE = "bir tek"
THINGS = "epoch görüntü örnek yıl saat gün"
GATE = "kapı"
RESULT = "sonuç cevap"
WOULD = "olurdu olacaktı çıkardı ederdi"
IF = "eğer olsaydı varsayalım diyelim"
OTHER = "yerine kıyasla normal standart"
COMPARED = "kıyasla göre karşılaştırma"
OR = "veya yoksa"
OF = ""
AND = "ve"
WITH = "ile dahil"
WITHOUT = "olmadan"
SETTINGS = "adım dolgu"
WEIGHTS = "ağırlık"
BIASES = "sapma"
ABOUT = "civarında"
PARTS = {"konum": "pos wpe", "kelime": "word wte tok"}
BLOCKS = {"expert": "uzman", "encoder": "kodlayıcı", "generator": "üretici", "discriminator": "ayırt ayırıcı"}
NUMBER = "sayısı"
DIRECTION = "yön"
ACTIVE = "aktif"
STATISTICS = "ortalama varyans"
SAYS = "göre makale"
DENIED = "yanlış hatalı unuttum önce başta"
NOT = "değil"
STEPS = "adım"
TRANSPOSED = "transpoz"
FROZEN = "dondurul"
TRAINABLE = "eğitilebil eğitilen"
NUMBERED = "tablo şekil bölüm sayfa"
NETWORK = "ağ ağın model modelin modeli"
RETRACTED = "dur pardon"
MISTAKEN = "unutur unutuyor atlar karıştırır"
