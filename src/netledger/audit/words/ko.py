"""Korean."""

from netledger.audit.words.ordinals import in_order

QUANTITIES = {
    "params": "파라미터 매개변수 가중치 파라메터 학습가능",
    "ops": "연산 곱셈 계산량",
    "connections": "연결수 연결선",
    "bytes": "메모리 바이트 용량",
    "features": "특징 뉴런 활성",
    "shape": "출력 크기 입력 필터 채널 커널 차원 스트라이드 패딩 클래스",
    "percent": "퍼센트 비율",
}
FAMILIES = {
    "conv": "합성곱 콘볼루션 컨볼루션", "depthwise": "깊이별", "pointwise": "점별",
    "linear": "전결합 완전연결 댄스 완전 전연결 선형 밀집", "batchnorm": "배치", "norm": "정규화",
    "embedding": "임베딩 위치", "attention": "어텐션", "ffn": "피드포워드", "pool": "풀링", "flatten": "평탄화 플래튼",
    "dropout": "드롭아웃",
    "block": "층 레이어 블록",
}  # fmt: skip
EXACT = ""
TOTAL = "합계 총 전체 총합 합 더하면 토탈"
ALL = "모두 전부"
TOTAL_STARTS = "총 합계 전체"
ORDINALS = (
    in_order("첫|둘|셋|넷|다섯|여섯|일곱|여덟|아홉|열", "째 번째 _번째")
    | in_order("첫|두|세|네", "번째 _번째")
    | in_order("마지막|마지막에서_두_번째 마지막에서_두번째 끝에서_두_번째 끝에서_두번째", back=True)
)
MULTIPLIERS = {"만": 10**4, "억": 10**8, "천": 10**3, "백만": 10**6, "천만": 10**7}
RELATIONS = {"약": "≈", "대략": "≈"}
OPERATORS = {"더하기": "+", "곱하기": "*", "빼기": "-", "나누기": "/"}
NUMBERS = {"하나": 1, "둘": 2}
NOTHING = "없음"
EACH = "각 각각 매"
ONE = "하나 한"
THINGS = "에포크 이미지 샘플 장 프레임 년 시간 개월"
GATE = "게이트"
RESULT = "결과 답은 정답"
WOULD = "만약 만일 이라면 했다면"
IF = "만약 만일 이라면 했다면"
OTHER = "일반 대신 보통 표준"
COMPARED = "비해 비교 대비"
OR = "아니면 또는 혹은"
OF = ""
AND = "와 과 및 그리고"
WITH = "포함 있음"
WITHOUT = "무 없이 제외"
SETTINGS = "스트라이드 패딩"
WEIGHTS = "가중치"
BIASES = "편향 바이어스"
ABOUT = "정도"
PARTS = {"패치": "patch", "위치": "pos wpe", "토큰": "tok wte word"}
BLOCKS = {
    "expert": "전문가 엑스퍼트", "encoder": "인코더", "decoder": "디코더", "generator": "생성자 생성기",
    "discriminator": "판별자 판별기",
}  # fmt: skip
NUMBER = "개수"
DIRECTION = "방향"
ACTIVE = "활성"
STATISTICS = "평균 분산"
SAYS = "논문 따르면"
DENIED = "처음에 잘못 틀렸 착각"
NOT = ""
STEPS = "스텝 단계"
TRANSPOSED = "전치 역합성곱"
FROZEN = "동결 고정된"
TRAINABLE = "학습"
NUMBERED = "표 그림"
NETWORK = "모델 네트워크"
RETRACTED = "아니 잠깐 정정"
MISTAKEN = "무시 잊은 빠뜨린 누락"
