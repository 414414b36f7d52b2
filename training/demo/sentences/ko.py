"""Everyday Korean sentences. A suffix with two forms, as 은/는, takes the one that fits the word it joins."""

from __future__ import annotations

import random
from collections.abc import Iterable

from training.demo import sentence as contract
from training.demo.sentence import Piece
from training.demo.sentences import grammar
from training.demo.sentences.grammar import Draw, Grammar

# Hangul syllables lie in Unicode as 28 finals to each initial and vowel: final 0 is none, final 8 is ㄹ (Unicode 15, section 3.12).
FIRST_SYLLABLE, FINALS, RIEUL = ord("가"), 28, 8


def join(piece: Piece, suffix: Piece) -> Piece:
    """커피 and 을/를 make 커피를; the first form follows a final consonant, the second a vowel; 으로/로 counts ㄹ as a vowel."""
    closed, _, opened = suffix.written.partition("/")
    if not opened:
        return grammar.join(piece, suffix)
    final = (ord(piece.spoken[-1]) - FIRST_SYLLABLE) % FINALS
    as_vowel = final == 0 or (final == RIEUL and closed.startswith("으로"))
    return grammar.join(piece, Piece.plain(opened if as_vowel else closed, suffix.after))


SINO = ("", "일", "이", "삼", "사", "오", "육", "칠", "팔", "구")
SPELT = ("공", *SINO[1:])
NATIVE = ("", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉")
NATIVE_TENS = ("", "열", "스물", "서른", "마흔", "쉰", "예순", "일흔", "여든", "아흔")
MONTHS = {6: "유월", 10: "시월"}


def sino(number: int) -> str:
    """12000 is 만 이천; up to 99,999,999."""
    if number >= 10_000:
        many = "" if number < 20_000 else sino(number // 10_000)
        return f"{many}만 {sino(number % 10_000)}".strip()
    said = ""
    for value, name in ((1000, "천"), (100, "백"), (10, "십")):
        digit, number = divmod(number, value)
        said += (SINO[digit] if digit > 1 else "") + name if digit else ""
    return said + SINO[number]


def native(number: int) -> str:
    """3 is 세, as before a counter; 20 alone is 스무; up to 99."""
    return "스무" if number == 20 else NATIVE_TENS[number // 10] + NATIVE[number % 10]


def said(written: str, spoken: str) -> Piece:
    return Piece(written, spoken, spoken)


def in_sino(counter: str, numbers: Iterable[int], name: str = "") -> Draw:
    """20분, 이십 분; `name` where the counter is a sign, as % is 퍼센트."""
    choices = tuple(numbers)

    def draw(rng: random.Random) -> list[Piece]:
        number = rng.choice(choices)
        return [said(f"{number}{counter}", f"{sino(number)} {name or counter}")]

    return draw


def in_native(counter: str, numbers: Iterable[int]) -> Draw:
    """3명, 세 명."""
    choices = tuple(numbers)

    def draw(rng: random.Random) -> list[Piece]:
        number = rng.choice(choices)
        return [said(f"{number}{counter}", f"{native(number)} {counter}")]

    return draw


hour = in_native("시", range(1, 13))
early = in_native("시", range(6, 10))
minute = in_sino("분", range(5, 60, 5))


def clock(rng: random.Random) -> list[Piece]:
    """오후 3시 30분."""
    half, hours = rng.choice((([], hour), (["오전"], hour), (["오후"], hour), (["아침"], early), (["저녁"], early)))
    past = rng.choice(([], [], [], [Piece.plain("반")], minute(rng), minute(rng)))
    return [*map(Piece.plain, half), *hours(rng), *past]


def month(rng: random.Random) -> list[Piece]:
    number = rng.randint(1, 12)
    return [said(f"{number}월", MONTHS.get(number, f"{sino(number)}월"))]


def date(rng: random.Random) -> list[Piece]:
    number = rng.randint(1, 28)
    return [*month(rng), said(f"{number}일", f"{sino(number)} 일")]


def price(rng: random.Random) -> list[Piece]:
    low, high, step = rng.choice(((3, 99, 100), (10, 99, 1000), (10, 99, 1000), (10, 60, 10_000)))
    number = rng.randint(low, high) * step
    return [said(f"{number}원", f"{sino(number)} 원")]


def spelt(digits: str) -> str:
    return "".join(SPELT[int(digit)] for digit in digits)


def drawn_digits(rng: random.Random, n_digits: int) -> str:
    return "".join(str(rng.randint(0, 9)) for _ in range(n_digits))


def phone(rng: random.Random) -> list[Piece]:
    """010-1234-5678, 공일공 일이삼사 오육칠팔."""
    groups = ("010", drawn_digits(rng, 4), drawn_digits(rng, 4))
    return [said("-".join(groups), " ".join(map(spelt, groups)))]


def code(rng: random.Random) -> list[Piece]:
    digits = drawn_digits(rng, rng.randint(4, 6))
    return [said(digits, spelt(digits))]


SLOTS: dict[str, grammar.Slot] = {
    "clock": clock,
    "hour": hour,
    "date": date,
    "month": month,
    "price": price,
    "rent": in_sino("원", range(200_000, 1_000_000, 50_000)),
    "salary": in_sino("원", range(2_000_000, 5_000_000, 100_000)),
    "phone": phone,
    "code": code,
    "hours": in_native("시간", (1, 2, 3, 4, 5, 6, 7, 8, 10, 12)),
    "minutes": in_sino("분", (3, 5, 7, 10, 15, 20, 25, 30, 40, 45, 50)),
    "weeks": in_sino("주", range(1, 5)),
    "months": in_sino("개월", (1, 2, 3, 4, 5, 6, 8, 10)),
    "year": in_sino("년", range(1985, 2027)),
    "years": in_sino("년", range(2, 21)),
    "grade": in_sino("학년", range(1, 7)),
    "age": in_native("살", (*range(3, 31), 35, 40, 43, 45, 48, 50, 52, 55, 57, 60, 65, 67, 70, 78)),
    "people": in_native("명", (*range(2, 13), 15, 20, 25, 30)),
    "pieces": in_native("개", range(1, 13)),
    "cups": in_native("잔", range(1, 7)),
    "bottles": in_native("병", range(1, 9)),
    "sheets": in_native("장", (*range(1, 11), 15, 20)),
    "books": in_native("권", range(1, 11)),
    "animals": in_native("마리", range(1, 7)),
    "machines": in_native("대", range(1, 11)),
    "times": in_native("번", range(2, 9)),
    "floor": in_sino("층", range(1, 16)),
    "exit": in_sino("번", range(1, 13)),
    "line": in_sino("호선", range(1, 10)),
    "room_number": in_sino("호", (*range(101, 111), *range(201, 211), *range(305, 311), *range(501, 513))),
    "degrees": in_sino("도", range(1, 37)),
    "cold": in_sino("도", range(1, 16)),
    "fever": in_sino("도", (37, 38, 39)),
    "percent": in_sino("%", (5, 10, 15, 20, 25, 30, 40, 50, 60, 70, 80, 90, 100), "퍼센트"),
    "kilos": in_sino("킬로", (2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20)),
    "portions": in_sino("인분", range(1, 7)),
    "nights": in_sino("박", range(1, 6)),
    "page": in_sino("쪽", range(5, 180)),
    "name": "김민수; 이영희; 박철수; 최수진; 정하나; 강지훈; 조은영; 윤미나; 장현우; 임나라; 한소라; 오세진; 서유진; 신동호; 권정아; 황민재",
    "city": "서울; 부산; 대구; 인천; 광주; 대전; 울산; 제주도; 강릉; 전주; 경주; 수원; 춘천; 여수; 속초; 포항",
    "country": "미국; 일본; 중국; 프랑스; 독일; 영국; 이탈리아; 스페인; 캐나다; 태국; 베트남; 인도",
    "language": "영어; 일본어; 중국어; 프랑스어; 독일어; 한국어; 스페인어",
    "food": "김치찌개; 된장찌개; 비빔밥; 불고기; 삼겹살; 냉면; 떡볶이; 김밥; 라면; 칼국수; 삼계탕; 짜장면; 치킨; 피자; 만두; 볶음밥; 초밥",
    "drink": "커피; 녹차; 홍차; 우유; 맥주; 소주; 물; 주스; 콜라; 와인",
    "sweet": "케이크; 아이스크림; 초콜릿; 과자; 빵; 떡",
    "ingredient": "소고기; 돼지고기; 닭고기; 감자; 양파; 당근; 배추; 두부; 생선; 오징어; 버섯",
    "grocery": "{ingredient}; {ingredient}; 달걀; 쌀; 소금; 설탕; 간장; 사과; 배; 포도; 딸기; 수박; 바나나; 토마토; 치즈; 고구마",
    "wear": "신발; 모자; 가방; 안경; 장갑; 셔츠; 치마; 바지; 양말; 운동화; 구두; 지갑",
    "clothes": "셔츠; 바지; 치마",
    "household": "우산; 시계; 의자; 책상; 냉장고; 세탁기; 청소기; 이불; 거울; 냄비; 칫솔; 접시; 숟가락; 젓가락; 소파; 수건; 상자",
    "device": "컴퓨터; 노트북; 휴대폰; 프린터; 카메라; 텔레비전; 에어컨; 키보드; 마이크; 이어폰; 충전기; 태블릿",
    "goods": "{wear}; {household}; {device}",
    "paper": "자료; 서류; 보고서; 계약서; 견적서; 기획서; 예산안; 영수증; 신청서; 설명서",
    "task": "확인; 수정; 준비; 검토; 번역; 작성; 정리; 복사; 인쇄; 제출; 공유; 저장; 전송",
    "department": "영업부; 인사부; 개발부; 기획부; 홍보부",
    "place": """
        은행; 우체국; 병원; 도서관; 시청; 경찰서; 공원; 편의점; 약국; 미술관; 동물원; 영화관; 공항; 서점; 카페; 교회; 호텔; 백화점; 박물관; 체육관; 주차장; 시장; 학교; 지하철역
        식당; 빵집; 수영장
    """,
    "side": "옆; 앞; 뒤; 건너편; 근처; 안; 왼쪽; 오른쪽",
    "turn": "왼쪽; 오른쪽; 동쪽; 서쪽; 남쪽; 북쪽",
    "corner": "사거리; 신호등; 횡단보도; 다리",
    "vehicle": "버스; 지하철; 택시; 기차; 고속버스; 비행기; 배; 자전거; 전철; 자동차",
    "coach": "버스; 기차; 고속버스; 비행기; 배",
    "weekday": "월요일; 화요일; 수요일; 목요일; 금요일; 토요일; 일요일",
    "past": "어제; 지난주; 지난달; 작년; 그저께; 오늘 아침; 어젯밤; 지난 {weekday}; 지난 주말; 며칠 전",
    "future": "내일; 다음 주; 다음 달; 내년; 모레; 이번 주말; 다음 {weekday}; 이번 {weekday}; 오늘 저녁",
    "often": "매일; 매주; 항상; 자주; 가끔; 아침마다; 저녁마다; {weekday}마다; 주말마다",
    "season": "봄; 여름; 가을; 겨울",
    "feels": "더워요; 추워요; 따뜻해요; 시원해요; 쌀쌀해요; 흐려요; 맑아요",
    "sky": "비; 눈; 소나기",
    "nature": "바다; 산; 강; 호수; 섬; 숲; 하늘; 별; 벚꽃; 단풍; 야경; 달",
    "kin": """
        아버지; 어머니; 형; 누나; 오빠; 언니; 동생; 할아버지; 할머니; 아들; 딸; 아내; 남편; 삼촌; 이모; 고모; 손자; 사촌; 조카; 친구; 부모님; 남자친구; 여자친구
    """,
    "young": "동생; 아들; 딸; 손자; 조카; 사촌",
    "skill": "요리; 수영; 바둑; 피아노; 기타; 춤; 테니스; 탁구; 태권도; 요가; 스키; 그림",
    "show": "영화; 경기; 공연; 축제; 전시회",
    "computer": "컴퓨터; 노트북; 휴대폰; 태블릿",
    "gadget": "노트북; 휴대폰; 카메라; 이어폰; 태블릿",
    "job": "의사; 교사; 간호사; 회사원; 변호사; 경찰관; 요리사; 운전기사; 미용사; 가수; 배우; 소방관; 은행원; 작가; 화가; 기자; 약사; 공무원; 사장; 교수; 연구원; 과학자",
    "subject": "수학; 국어; 영어; 역사; 과학; 음악; 화학; 물리; 지리; 체육; 경제; 미술; 문학; 사회",
    "hobby": "독서; 요리; 낚시; 등산; 수영; 음악 감상; 영화 감상; 여행; 바둑; 피아노; 기타; 춤; 야구; 축구; 테니스; 탁구; 태권도; 산책; 요가; 스키; 농구; 배드민턴; 달리기",
    "sport": "축구; 야구; 농구; 테니스; 탁구; 배구",
    "hurts": "머리; 배; 목; 이; 등; 허리; 어깨; 발; 무릎; 눈; 귀; 가슴; 팔; 손가락; 코; 다리",
    "illness": "감기; 독감; 두통; 몸살; 알레르기; 비염; 장염; 충치",
    "colour": "빨간; 파란; 하얀; 까만; 노란; 초록색; 회색",
    "quality": "큰; 작은; 싼; 새; 오래된; 긴; 짧은; 무거운; 가벼운; 튼튼한; 편한; 예쁜",
    "taste": "맛있어요; 달아요; 매워요; 써요; 뜨거워요; 차가워요; 짜요; 부드러워요; 고소해요",
    "feeling": "기뻐요; 슬퍼요; 행복해요; 바빠요; 졸려요; 무서워요; 피곤해요; 즐거워요",
    "room": "부엌; 거실; 침실; 화장실; 마당; 현관; 방; 계단",
    "chore": "청소; 빨래; 요리; 설거지; 장보기; 숙제; 정리",
    "animal": "강아지; 고양이; 새; 토끼; 거북이; 오리",
    "wild": "말; 곰; 호랑이; 원숭이; 코끼리; 사슴",
    "trait": "친절해요; 성실해요; 조용해요; 똑똑해요; 착해요; 정직해요; 멋있어요; 유명해요; 재미있어요; 건강해요",
    "service": "예약; 주문; 등록; 계약; 신청; 배송; 회원 가입; 계좌; 보험; 결제; 환불",
    "thing": "{colour} {wear}; {quality} {goods}; {goods}; {goods}",
    "event": "회의; 면접; 수업; 경기; 영화; 결혼식; 회식; 발표; 교육; 시험; 졸업식; 입학식; 축제; 모임; 공연; 행사; 전시회",
    "trouble": "고장 났어요; 깨졌어요; 안 켜져요; 멈췄어요; 망가졌어요; 더러워요; 너무 작아요; 아직 안 왔어요; 사라졌어요; 너무 시끄러워요; 이상해요",
    "net": "인터넷; 파일; 비밀번호; 이메일; 앱; 전원; 음성; 동영상; 자료; 화면; 와이파이",
}

TOPICS = {
    "greeting": """
        요즘 너무 피곤해요 .
        함께 가시겠어요 ?
        천만에요 , 괜찮아요 .
        정말 기뻐요 !
        와 , 정말 멋있어요 !
        안녕하세요 .
        안녕하세요 , {name} 씨 .
        안녕하세요 , 저는 {name}입니다 .
        안녕히 계세요 .
        안녕히 가세요 .
        안녕히 주무세요 .
        감사합니다 .
        정말 감사합니다 .
        고맙습니다 , {name} 씨 .
        죄송합니다 .
        천만에요 .
        처음 뵙겠습니다 .
        만나서 반갑습니다 .
        만나서 반가워요 , 저는 {name}이에요/예요 .
        잘 지내셨어요 ?
        네 , 잘 지내고 있어요 .
        오랜만이에요 , {name} 씨 .
        다녀오겠습니다 .
        네 , 알겠습니다 .
        아니요 , 괜찮습니다 .
        아니요 , 그렇지 않아요 .
        {weekday}에 또 만나요 .
        {future} 뵙겠습니다 .
        수고하셨습니다 , {name} 씨 .
        실례합니다 , {name} 씨 계세요 ?
        이름이 뭐예요 ?
        {name} 씨 , 생일 축하해요 .
        결혼을 진심으로 축하드립니다 .
        새해 복 많이 받으세요 .
        저는 {country}에서 왔어요 .
        저는 {city}에 살아요 .
        고향이 {city}이에요/예요 ?
        {name} 씨는 {job}입니다 .
        이분은 {job} {name} 씨예요 .
        {past} 도와주셔서 감사합니다 .
        지금 너무 {feeling} .
        요즘 조금 {feeling} .
        {name} 씨는 정말 {trait} .
        {name} 씨에게 안부 전해 주세요 .
        잘 먹겠습니다 .
        잘 먹었습니다 .
        걱정하지 마세요 .
        저도 그렇게 생각해요 .
        천천히 말씀해 주세요 .
    """,
    "weather": """
        오늘 날씨가 정말 좋네요 .
        오늘 날씨가 어때요 ?
        오늘은 아주 {feels} .
        {city}은/는 지금 {feels} .
        {season}에는 보통 {feels} .
        {city} 하늘이 아주 맑아요 .
        {future} {city}에 {sky}이/가 올 거예요 .
        {past} {city}에 {sky}이/가 왔어요 .
        오후부터 {sky}이/가 내리겠습니다 .
        {future} {sky}이/가 오면 집에 있을 거예요 .
        지금 기온은 {degrees}입니다 .
        {city}의 낮 최고 기온은 {degrees}입니다 .
        아침 최저 기온은 {cold}까지 떨어지겠습니다 .
        우산을 꼭 가져가세요 .
        {season}이/가 되면 {nature}이/가 아름다워요 .
        {season}과/와 {season} 중에 뭐가 더 좋아요 ?
        {past} 바람이 많이 불었어요 .
        밖이 추우니까 {wear}을/를 챙기세요 .
        {future}은/는 태풍이 온대요 .
        벌써 {season}이/가 왔네요 .
    """,
    "shopping": """
        {past} {place} 근처에서 {goods}을/를 샀어요 .
        {kin}에게 줄 {goods}을/를 찾고 있어요 .
        가벼운 {goods}이/가 좋아요 .
        더 가벼운 {wear} 있어요 ?
        더 큰 {wear} 있어요 ?
        더 싼 {device} 있어요 ?
        짧은 {wear}보다 긴 {wear}이/가 좋아요 .
        이 {wear} 정말 예쁜데 얼마예요 ?
        하얀 {wear} 좀 보여 주세요 .
        어서 오세요 .
        이거 얼마예요 ?
        이 {goods} 얼마예요 ?
        이 {goods}은/는 {price}입니다 .
        {thing}을/를 찾고 있어요 .
        {thing} 있어요 ?
        {thing} 좀 보여 주세요 .
        좀 더 {quality} 거 있어요 ?
        이 {clothes} 입어 봐도 돼요 ?
        {wear}과/와 {wear}을/를 샀어요 .
        {grocery} {pieces} 주세요 .
        {grocery}하고 {grocery} 좀 사 오세요 .
        시장에서 {grocery}을/를 샀어요 .
        전부 {price}입니다 .
        모두 합해서 {price}이에요 .
        지금 {percent} 할인 중입니다 .
        {goods}이/가 {percent} 싸졌어요 .
        {goods} 매장은 {floor}에 있습니다 .
        {grocery}은/는 어디에 있어요 ?
        카드로 계산할게요 .
        현금으로 내도 돼요 ?
        봉투 {sheets} 필요하세요 ?
        {grocery}은/는 다 팔렸어요 .
        선물로 {thing}을/를 골랐어요 .
        {wear}이/가 저한테 너무 커요 .
        {colour} {wear}이/가 잘 어울려요 .
        {household}을/를 {price}에 샀어요 .
        {grocery} 값이 {percent} 올랐어요 .
        포장해 주세요 .
    """,
    "service": """
        계좌 번호는 {code}입니다 .
        계좌를 만들고 싶어요 .
        무엇을 도와드릴까요 ?
        전화 주셔서 감사합니다 .
        안녕하세요 , 상담원 {name}입니다 .
        잠시만 기다려 주세요 .
        기다리게 해서 죄송합니다 .
        주문 번호는 {code}입니다 .
        회원 번호는 {code}입니다 .
        {past} 주문한 {goods}이/가 {trouble} .
        {past} 산 {goods}이/가 {trouble} .
        새로 산 {goods}이/가 {trouble} .
        {goods}을/를 반품하고 싶어요 .
        {price} 환불해 주세요 .
        {goods} 값은 {price}이에요 .
        {service}을/를 취소하고 싶어요 .
        {service} 변경을 부탁드립니다 .
        {service}은/는 어떻게 해요 ?
        {service}에 대해 문의하고 싶습니다 .
        {service} 방법을 알려 주세요 .
        담당자를 바꿔 드리겠습니다 .
        고객님 , 성함이 어떻게 되세요 ?
        주소를 말씀해 주시겠어요 ?
        {goods}은/는 언제 도착해요 ?
        {goods}은/는 {date}에 도착합니다 .
        환불은 {weeks} 안에 처리됩니다 .
        수리하는 데 {weeks} 정도 걸립니다 .
        {goods}을/를 교환해 주실 수 있어요 ?
        {clock}에 다시 전화드리겠습니다 .
        여러 번 전화했는데 아무도 안 받아요 .
        불편을 드려서 정말 죄송합니다 .
        더 궁금한 점이 있으세요 ?
        영업 시간은 {clock}부터 {clock}까지입니다 .
        서비스에 불만이 있어요 .
        {goods} 색깔이 사진과 달라요 .
    """,
    "work": """
        {name} 씨가 {past} {paper}을/를 보냈어요 .
        {name} 씨에게 {paper}을/를 받았어요 .
        {event} 준비는 다 했어요 ?
        {paper}을/를 인쇄했어요 .
        벌써 준비가 끝났어요 ?
        회의는 {clock}에 시작합니다 .
        {event}은/는 {clock}에 있어요 .
        {event}은/는 {weekday} {clock}에 시작해요 .
        {future} {event}은/는 취소되었습니다 .
        {event}이/가 {date}로 연기되었어요 .
        {paper}을/를 {task}해 주세요 .
        {name} 씨 , {paper} {task} 부탁드려요 .
        {paper}은/는 {task}했어요 ?
        {paper} {task}은/는 {future}까지 끝내겠습니다 .
        {paper}을/를 {sheets} 복사해 주세요 .
        {paper} {page}을/를 봐 주세요 .
        {department} {name} 씨에게 {paper}을/를 보냈어요 .
        {name} 씨는 지금 자리에 없습니다 .
        {name} 씨는 {clock}에 돌아옵니다 .
        {department}에서 {years} 동안 일했어요 .
        {future} {city}으로/로 출장을 갑니다 .
        매출이 {percent} 늘었습니다 .
        {event}에 {people} 참석합니다 .
        {future} 휴가를 내고 싶어요 .
        {paper}에 서명해 주세요 .
        {department}은/는 {floor}에 있습니다 .
        {name} 부장님도 {event}에 오세요 ?
        저는 {job}이에요/예요 .
        {job}이/가 되고 싶어요 .
        {past} {job} 면접을 봤어요 .
        {department}에 신입 사원이 {people} 들어왔어요 .
        이 일은 {hours} 걸려요 .
        월급은 {salary}입니다 .
        {clock}에 퇴근해요 .
    """,
    "time": """
        {name} 씨 , {future} {clock}에 시간 있어요 ?
        {kin}과/와 {clock}에 {place}에서 만나요 .
        {place}에서 {hours} 동안 기다렸어요 .
        지금 몇 시예요 ?
        지금 {clock}입니다 .
        {clock}에 만나요 .
        {weekday} {clock} 어때요 ?
        오늘은 {date}입니다 .
        오늘은 {weekday}이에요/예요 .
        제 생일은 {date}이에요 .
        {year} {month}에 태어났어요 .
        {name} 씨는 {year}에 {city}으로/로 이사했어요 .
        {date}에 시간 있으세요 ?
        {often} {clock}에 일어나요 .
        {past} {hour}에 잤어요 .
        {clock}에 {place} 앞에서 기다릴게요 .
        약속 시간에 {minutes} 늦을 것 같아요 .
        {minutes}만 더 기다려 주세요 .
        {event}까지 {hours} 남았어요 .
        {date}부터 {weeks} 동안 쉽니다 .
        {hours} 정도 걸렸어요 .
        {event}은/는 {date} {weekday}입니다 .
        벌써 {hour}예요 , 서두르세요 !
        {place}은/는 {clock}에 문을 닫아요 .
        {place}은/는 {clock}에 문을 열어요 .
        {weekday}에는 다른 약속이 있어요 .
        {months} 전에 시작했어요 .
        {season} 방학은 {date}부터예요 .
    """,
    "phone": """
        잠깐만 기다려 주세요 , 전화를 끊지 마세요 .
        여보세요 , 저는 {name}입니다 .
        여보세요 , {name} 씨 댁이지요 ?
        전화번호가 어떻게 되세요 ?
        제 전화번호는 {phone}입니다 .
        {name} 씨 전화번호는 {phone}이에요/예요 .
        {place} 전화번호는 {phone}입니다 .
        {phone}으로/로 전화해 주세요 .
        번호를 다시 한번 불러 주세요 .
        {name} 씨 좀 바꿔 주세요 .
        {name} 씨에게 메모를 남겨 주세요 .
        {kin}한테서 전화가 {times} 왔어요 .
        비밀번호는 {code}입니다 .
        지금은 통화 중입니다 .
        나중에 다시 걸게요 .
        저는 {room_number}에 살아요 .
        {room_number} {name} 씨 앞으로 왔어요 .
        잘못 거셨습니다 .
        소리가 잘 안 들려요 .
        조금 더 크게 말해 주세요 .
    """,
    "transport": """
        {place} 바로 뒤에 {place}이/가 있어요 .
        {place} 옆에서 기다릴게요 .
        {place}은/는 몇 층에 있어요 ?
        몇 번 출구로 나가요 ?
        {place}이/가 어디예요 ?
        {place}에 어떻게 가요 ?
        {place}은/는 {place} {side}에 있어요 .
        {corner}에서 {turn}으로/로 가세요 .
        다음 {corner}에서 오른쪽으로 도세요 .
        {corner}을/를 건너면 {turn}에 {place}이/가 있어요 .
        여기에서 {place}까지 {minutes} 걸려요 .
        {place}까지 걸어서 {minutes}쯤 걸려요 .
        {city}까지 {vehicle}으로/로 {hours} 걸려요 .
        {vehicle}을/를 타고 {city}에 갔어요 .
        {city}행 {coach}은/는 {clock}에 출발합니다 .
        다음 {vehicle}은/는 {clock}에 있습니다 .
        {vehicle}이/가 {minutes} 늦었어요 .
        사고 때문에 {vehicle}이/가 멈췄어요 .
        {city} 가는 표 {sheets} 주세요 .
        {place}에 가려면 {line}으로/로 갈아타세요 .
        {line}을/를 타고 {city}역에서 내리세요 .
        {exit} 출구로 나오세요 .
        {exit} 출구 앞에 {place}이/가 있어요 .
        기사님 , {place}까지 가 주세요 .
        {vehicle}에 {goods}을/를 두고 내렸어요 .
        {vehicle}에 사람이 너무 많아요 .
        집에서 {place}까지 {kilos}예요 .
        {place} {side}에서 내려 주세요 .
        쭉 가면 {turn}에 있어요 .
        요금은 {price}입니다 .
        {vehicle}을/를 놓쳤어요 .
        여기서 세워 주세요 .
        교통 카드를 충전해 주세요 .
        이 버스 {place} 가요 ?
    """,
    "food": """
        {kin}과/와 {food}을/를 먹으러 가요 .
        {name} 씨 , {food}하고 {food} 중에 뭐 먹을래요 ?
        순두부찌개 {portions} 주세요 .
        뜨거우니까 조심하세요 .
        따뜻한 물 좀 주세요 .
        이 {food}은/는 너무 맵고 짜요 .
        {food}을/를 먹고 싶어요 .
        {food} {portions} 주세요 .
        {food}하고 {drink} 주세요 .
        {drink} {cups} 주세요 .
        {drink} {bottles} 사 왔어요 .
        {past} {food}을/를 먹었어요 .
        {often} {drink}을/를 마셔요 .
        이 {food}은/는 정말 {taste} .
        이 {drink}은/는 조금 {taste} .
        {sweet}이/가 너무 {taste} .
        {city}은/는 {food}이/가 유명해요 .
        {clock}에 {people} 예약하고 싶어요 .
        {food}은/는 {price}이에요 .
        주문하시겠어요 ?
        여기 메뉴판 좀 주세요 .
        오늘은 {food}을/를 추천합니다 .
        저는 {ingredient} 알레르기가 있어요 .
        {ingredient}은/는 빼 주세요 .
        아침에 {grocery}을/를 먹었어요 .
        점심은 {food} 어때요 ?
        저녁에 {food}을/를 만들 거예요 .
        {drink}과/와 {sweet}을/를 드릴까요 ?
        계산해 주세요 .
        배가 고파요 .
        배가 너무 불러요 .
        {ingredient}과/와 {ingredient}으로/로 {food}을/를 만들어요 .
        {ingredient}을/를 썰어서 {minutes} 끓이세요 .
        {ingredient}을/를 {minutes} 구워 주세요 .
        {grocery}은/는 몸에 좋아요 .
        {kin}은/는 {food}을/를 아주 좋아해요 .
        {name} 씨는 {drink}을/를 싫어해요 .
        {drink} 한 잔 더 주세요 .
        너무 맵지 않게 해 주세요 .
        후식으로 {sweet}을/를 먹을까요 ?
        {sweet} {pieces} 주세요 .
        {grocery}이/가 아주 신선해요 .
    """,
    "health": """
        무릎이 아파서 못 걸어요 .
        목과 어깨와 무릎이 다 아파요 .
        배가 부르고 졸려요 .
        {hurts}이/가 아파요 .
        {past}부터 {hurts}이/가 아파요 .
        {kin}은/는 {hurts}이/가 안 좋아요 .
        {illness} 약 좀 주세요 .
        {illness} 때문에 {place}에 못 갔어요 .
        {kin}이/가 {illness}으로/로 입원했어요 .
        {past}부터 {illness} 때문에 고생했어요 .
        열이 {fever}까지 올랐어요 .
        이 약을 하루에 {times} 드세요 .
        식사 후에 {sheets} 드세요 .
        {clock}에 진료 예약이 있어요 .
        {hurts} 검사를 받아야 해요 .
        {hurts} 수술은 {date}이에요 .
        {illness}은/는 다 나았어요 ?
        {illness}은/는 {weeks} 지나면 나을 거예요 .
        어디가 아프세요 ?
        빨리 나으세요 .
        {often} {minutes} 운동해요 .
        {often} {kilos} 달려요 .
        몸무게가 {kilos} 줄었어요 .
        {hurts}을/를 다쳤어요 .
        {hours} 이상 주무세요 .
        {illness}을/를 조심하세요 .
        {kin}은/는 {months} 전에 퇴원했어요 .
        넘어져서 {hurts}에서 피가 났어요 .
        {hurts}이/가 부었어요 .
    """,
    "family": """
        {past} {place}에서 {kin}을/를 만났어요 .
        {future} {kin}과/와 {place}에 가요 .
        {kin}에게 {sweet}과/와 {drink}을/를 줬어요 .
        {kin}은/는 {kin}과/와 {place}에 갔어요 .
        저는 {age}이에요 .
        저는 올해 {age}이/가 됐어요 .
        {kin} 나이는 {age}입니다 .
        아이가 몇 살이에요 ?
        가족이 몇 명이에요 ?
        {kin}은/는 {city}에 살아요 .
        {kin}은/는 {job}이에요/예요 .
        {kin}은/는 올해 {age}이에요 .
        {kin}은/는 {city}에서 {job}으로/로 일해요 .
        {past} {kin}과/와 {city}에 갔어요 .
        {kin}의 취미는 {hobby}이에요/예요 .
        {kin}은/는 잘 지내세요 ?
        우리 가족은 모두 {people}이에요 .
        아이가 {people} 있어요 .
        {kin}은/는 정말 {trait} .
        우리 {kin}은/는 조금 {trait} .
        {kin}에게 {thing}을/를 받았어요 .
        {kin} 생일에 {goods}을/를 선물했어요 .
        {kin}은/는 {past} {city}에서 돌아왔어요 .
        {kin}은/는 {year}에 결혼했어요 .
        {animal}을/를 {animals} 키워요 .
        {kin}은/는 {animal}을/를 좋아해요 .
        {animal}이/가 {room}에서 자고 있어요 .
        {age} 된 {young}이/가 있어요 .
        아기가 울고 있어요 .
        {kin}에게 편지를 썼어요 .
        {kin}이/가 보고 싶어요 .
        {kin}은/는 {kin}과/와 사이가 좋아요 .
        {animal}에게 밥을 줬어요 .
    """,
    "home": """
        방이 아주 크고 예뻐요 .
        {room}을/를 청소해 주세요 .
        {kin}은/는 {room}에 있어요 .
        {room} 불을 꺼 주세요 .
        {room}에 {thing}을/를 놓았어요 .
        {thing}은/는 {room}에 있어요 .
        {often} {chore}을/를 해요 .
        {kin}이/가 {chore}을/를 해 줬어요 .
        {chore}은/는 {minutes} 만에 끝났어요 .
        {room}이/가 너무 좁아요 .
        {room}이/가 아주 넓어요 .
        월세가 {rent}이에요 .
        {room} 열쇠를 잃어버렸어요 .
        창문을 열어 주세요 .
        문을 닫아 주세요 .
        {place} 근처로 이사했어요 .
        {household} {pieces} 버렸어요 .
        벽에 {household}을/를 걸었어요 .
        {weekday}은/는 {chore}하는 날이에요 .
        {room}에 {nature} 그림이 있어요 .
        이 집은 지은 지 {years} 됐어요 .
        {room}에서 {nature}이/가 보여요 .
        {household} 안에 {goods}이/가 들어 있어요 .
        {kin}과/와 {room}에서 놀았어요 .
        누가 {room}에 있어요 ?
        {colour} {household}을/를 {room}으로/로 옮겨 주세요 .
        쓰레기는 {weekday}에 버리세요 .
    """,
    "hobby": """
        {kin}하고 낚시하러 가요 .
        {often} {kin}과/와 바둑을 둬요 .
        그 영화는 너무 슬퍼요 .
        춤을 추고 노래를 불렀어요 .
        {kin}과/와 춤을 배워요 .
        취미가 뭐예요 ?
        제 취미는 {hobby}이에요/예요 .
        저는 {hobby}을/를 좋아해요 .
        {future} 같이 {sport} 할까요 ?
        {weekday}에 {skill}을/를 배워요 .
        {hobby}을/를 시작한 지 {years} 됐어요 .
        {kin}은/는 {sport}을/를 잘해요 .
        {kin}에게 {skill}을/를 배웠어요 .
        {name} 씨는 {hobby}에 푹 빠졌어요 .
        {often} {hobby}을/를 즐겨요 .
        {show}을/를 보러 가요 .
        그 {show}은/는 정말 재미있었어요 .
        {sport} 대회에서 우승했어요 .
        {people} 모여서 {sport}을/를 했어요 .
        {hobby} 책을 {books} 읽었어요 .
        노래 부르는 것을 좋아해요 .
        {nature}을/를 그렸어요 .
        {nature} 사진을 {sheets} 찍었어요 .
        {name} 감독 영화를 봤어요 .
        우리 팀이 져서 {feeling} .
        우리 팀이 이겨서 {feeling} .
        {animal} 인형을 모으고 있어요 .
        {sport} 연습은 {clock}부터예요 .
        소설책을 {books} 빌렸어요 .
        {season}에는 {hobby}이/가 최고예요 .
        동물원에서 {wild}을/를 봤어요 .
        {wild}과/와 {wild} 중에 뭐가 더 빨라요 ?
        {wild}은/는 정말 커요 .
    """,
    "travel": """
        산에 있는 절에 갔어요 .
        {kin}과/와 {city}에 있는 절을 구경했어요 .
        뜻깊은 여행이었어요 .
        예쁜 섬에 가고 싶어요 .
        큰 가방과 짧은 바지를 챙겼어요 .
        {country}에 가 봤어요 ?
        {future} {country}으로/로 여행을 가요 .
        {past} {kin}과/와 {country}에 갔어요 .
        {city}에서 {nights} 묵을 거예요 .
        {nights}에 {price}인 방을 예약했어요 .
        {city}은/는 {nature}이/가 유명해요 .
        {nature}을/를 보러 갑시다 .
        {city}에서 {nature}을/를 봤어요 .
        {city}에서 먹은 {food}이/가 맛있었어요 .
        기념품으로 {goods}을/를 샀어요 .
        선물로 {sweet}을/를 {pieces} 샀어요 .
        {date}에 {city}을/를 출발합니다 .
        {country}까지 비행기로 {hours} 걸려요 .
        {country}은/는 한국보다 {feels} .
        {city} 지도 있어요 ?
        여권을 보여 주세요 .
        {place}을/를 안내해 주세요 .
        {city}과/와 {city}을/를 구경했어요 .
        {nature} 앞에서 사진 좀 찍어 주세요 .
        {country} 관광객이 {percent} 늘었어요 .
        {country}에서 {months} 살았어요 .
        {season}에 {nature}을/를 보러 {city}에 가요 .
        세계 여행을 하고 싶어요 .
        {room_number} 열쇠 주세요 .
    """,
    "technology": """
        이 앱은 정말 편해요 .
        앱을 다시 켜 보세요 .
        좋은 앱 좀 추천해 주세요 .
        {device}이/가 {trouble} .
        {past}부터 {device}이/가 {trouble} .
        {device} 사용법을 가르쳐 주세요 .
        {net}이/가 안 돼요 .
        {device}에서 {net}이/가 안 돼요 .
        {net}을/를 확인해 보세요 .
        {net}을/를 바꾸고 싶어요 .
        {computer}으로/로 {paper}을/를 {task}해 주세요 .
        새 {device}을/를 샀어요 .
        {device} {machines} 주문했어요 .
        {device} 전원을 켜 주세요 .
        {gadget} 배터리가 {percent}밖에 없어요 .
        {gadget}을/를 {hours} 충전하세요 .
        {paper}을/를 이메일로 보내 주세요 .
        {paper} 파일을 열어 주세요 .
        인터넷 속도가 너무 느려요 .
        집에 인터넷이 안 돼요 .
        다운로드에 {minutes} 걸립니다 .
        저장 공간이 {percent} 남았어요 .
        {device}과/와 {device}을/를 연결하세요 .
        사진을 {sheets} 보냈어요 .
        {often} {device}을/를 써요 .
        {device}을/를 다시 켜 보세요 .
        기계가 음성을 글자로 바꿔요 .
        {device} 소리를 키워 주세요 .
        {device} 소리가 너무 작아요 .
        통신 회사에 연락했어요 .
        {language} 음성 인식을 써 봤어요 .
    """,
    "school": """
        {name} 씨와 {subject}을/를 같이 공부해요 .
        {kin}은/는 {language}을/를 배우고 있어요 .
        질문 있으세요 ?
        {subject} 숙제 다 했어요 ?
        {subject} 시험은 {date}입니다 .
        {subject} 수업은 {clock}에 시작해요 .
        저는 {subject}이/가 제일 좋아요 .
        {subject}은/는 어렵지만 재미있어요 .
        {subject}은/는 쉬워요 ?
        {subject} 교과서 {page}을/를 펴세요 .
        {subject} 선생님은 {name} 선생님이에요 .
        {young}은/는 초등학교 {grade}이에요 .
        대학교에서 {subject}을/를 공부해요 .
        {language}을/를 {years} 동안 공부했어요 .
        {language} 할 줄 알아요 ?
        {language} 단어를 외우고 있어요 .
        {often} 도서관에서 책을 읽어요 .
        도서관에서 {subject} 책을 {books} 빌렸어요 .
        우리 반에는 학생이 {people} 있어요 .
        시험 결과는 어땠어요 ?
        {subject} 성적이 올랐어요 .
        연필 좀 빌려 주세요 .
        {past} 학교를 쉬었어요 .
        {year}에 대학교를 졸업했어요 .
        {name} 씨는 {subject}을/를 잘해요 .
        {language}으로/로 자기소개를 해 보세요 .
        질문이 있으면 손을 드세요 .
        다시 한번 말해 주세요 .
        {language} 발음이 정말 좋네요 .
        {subject} 문제를 {pieces} 풀었어요 .
        {language}으로/로 번역해 주세요 .
    """,
}

GRAMMAR = Grammar("ko", TOPICS, SLOTS, join=join)


def sentence(rng: random.Random) -> contract.Sentence:
    return GRAMMAR.sentence(rng)
