"""Everyday American English: capitals, marks and digits when written, lower case and words when spoken."""

from __future__ import annotations

import random
from dataclasses import replace

from training.demo.sentence import Piece, Sentence
from training.demo.sentences.grammar import Draw, Grammar

ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
TENS = ["_", "_", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
IRREGULAR = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}


def cardinal(n: int) -> str:
    """0 to 9999 in words: 128 is "one hundred twenty eight"."""
    if n < 20:
        return ONES[n]
    unit, name = next((unit, name) for unit, name in ((1000, "thousand"), (100, "hundred"), (10, "")) if n >= unit)
    head = f"{ONES[n // unit]} {name}" if name else TENS[n // unit]
    return f"{head} {cardinal(n % unit)}" if n % unit else head


def ordinal(n: int) -> str:
    """1 to 99: "twenty first"."""
    *tens, last = cardinal(n).split()
    last = IRREGULAR.get(last) or (last.removesuffix("y") + "ieth" if last.endswith("y") else last + "th")
    return " ".join([*tens, last])


def ending(n: int) -> str:
    """The letters after an ordinal in digits, as the "st" of 21st."""
    return "th" if n // 10 == 1 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")


def _numbers(least: int, most: int, step: int = 1, before: str = "", after: str = "", unit: str = "") -> Draw:
    """Draws a count with signs around its digits and a spoken unit: "$25", said "twenty five dollars"."""

    def draw(rng: random.Random) -> list[Piece]:
        n = rng.randrange(least, most + 1, step)
        said = f"{cardinal(n)} {unit}".strip()
        return [Piece(f"{before}{n}{after}", said, said)]

    return draw


def _digits(length: int) -> Draw:
    def draw(rng: random.Random) -> list[Piece]:
        number = rng.choices("0123456789", k=length)
        said = " ".join(ONES[int(digit)] for digit in number)
        return [Piece("".join(number), said, said)]

    return draw


def _phone(rng: random.Random) -> list[Piece]:
    number = "".join(rng.choices("123456789", k=3)) + "".join(rng.choices("0123456789", k=4))
    said = " ".join(ONES[int(digit)] for digit in number)
    return [Piece(f"{number[:3]}-{number[3:]}", said, said)]


def _time(rng: random.Random) -> list[Piece]:
    hour, minute, half = rng.randint(1, 12), rng.choice([0, 0, 10, 15, 20, 30, 30, 40, 45, 50]), rng.choice(["AM", "PM", "PM"])
    said = f"{ONES[hour]} {cardinal(minute)}" if minute else ONES[hour]
    digits = f"{hour}:{minute:02}" if minute else str(hour)
    return [Piece(f"{digits} {half}", f"{said} {' '.join(half.lower())}", f"{said} {' '.join(half)}")]


def _date(rng: random.Random) -> list[Piece]:
    month, day = rng.choice(MONTHS), rng.randint(1, 28)
    said = f"{month.lower()} {ordinal(day)}"
    return [Piece(f"{month} {day}{ending(day)}", said, said)]


def _floor(rng: random.Random) -> list[Piece]:
    n = rng.randint(3, 29)
    return [Piece(f"{n}{ending(n)}", ordinal(n), ordinal(n))]


def _year(rng: random.Random) -> list[Piece]:
    year = rng.choice([*range(1985, 2000), *range(2010, 2027)])
    said = f"{cardinal(year // 100)} {cardinal(year % 100)}"
    return [Piece(str(year), said, said)]


def _word(token: str) -> Piece:
    """Written as the template has it, spoken in lower case; letters that are spelled come as "TV|t~v|T~V"."""
    written, *others = token.split("|")
    spoken, reading = others or (written.lower(), written.lower())
    return Piece(written, spoken, reading)


SLOTS: dict[str, str | Draw] = {
    # numbers
    "n": _numbers(11, 60),
    "tens": _numbers(10, 90, 5),
    "age": _numbers(11, 80),
    "degrees": _numbers(20, 99),
    "price": _numbers(10, 99, before="$", unit="dollars"),
    "sum": _numbers(100, 990, 10, before="$", unit="dollars"),
    "thousands": _numbers(1000, 9000, 500, before="$", unit="dollars"),
    "percent": _numbers(5, 95, 5, after="%", unit="percent"),
    "order": _digits(5),
    "room": _digits(3),
    "phone": _phone,
    "time": _time,
    "date": _date,
    "floor": _floor,
    "year": _year,
    "few": "two ; three ; four ; five ; six ; seven ; eight",
    # time
    "weekday": "Monday ; Tuesday ; Wednesday ; Thursday ; Friday ; Saturday ; Sunday",
    "month": "January ; February ; March ; April ; June ; July ; August ; September ; October ; November ; December",
    "season": "spring ; summer ; fall ; winter",
    "soon": "today ; tomorrow ; tonight ; this weekend ; next week ; next month ; on {weekday} ; this {part}",
    "part": "morning ; afternoon ; evening",
    "past": "yesterday ; last night ; last week ; last month ; last year ; this morning ; on {weekday} ; two days ago",
    "often": "always ; often ; usually ; sometimes ; never ; rarely",
    "holiday": "Christmas ; Thanksgiving ; Easter ; New Year ; Halloween ; spring break",
    # people
    "name": "Emma ; Jack ; Olivia ; Noah ; Sarah ; David ; Anna ; Michael ; Kevin ; Laura ; Peter ; Julia ; Tom ; Lucy ; Daniel ; Grace ; Henry ; Maria ; Alex ; Rachel",
    "surname": "Smith ; Johnson ; Brown ; Miller ; Davis ; Wilson ; Taylor ; Clark ; Lewis ; Walker ; Young ; King ; Baker ; Carter",
    "sir": "Mr.|mister|mister {surname} ; Mrs.|missus|missus {surname} ; Dr.|doctor|doctor {surname} ; Professor {surname}",
    "person": "{name} ; {name} ; {name} ; {sir} ; my {friend} ; my {family}",
    "owner": "Emma's ; Jack's ; Sarah's ; David's ; my mother's ; my brother's ; my sister's ; my father's ; your ; our neighbor's",
    "family": "mother ; father ; brother ; sister ; uncle ; aunt ; grandmother ; grandfather ; cousin ; son ; daughter ; husband ; wife ; nephew",
    "friend": "friend ; boss ; neighbor ; teacher ; roommate ; classmate ; partner ; coach ; landlord",
    "job": "nurse ; lawyer ; teacher ; pilot ; driver ; farmer ; chef ; writer ; singer ; plumber ; dentist ; painter ; waiter ; soldier ; carpenter ; manager ; scientist ; reporter ; mechanic ; police officer",
    "an_job": "a {job} ; a {job} ; an engineer ; an actor ; an artist ; an accountant",
    # places
    "city": "Boston ; Chicago ; New York ; Seattle ; Dallas ; Denver ; Miami ; London ; Paris ; Tokyo ; Beijing ; Houston ; Atlanta ; Portland ; Berlin ; Rome ; Sydney ; Toronto",
    "country": "Canada ; Mexico ; France ; Germany ; Italy ; Spain ; Japan ; China ; India ; Brazil ; Australia ; Egypt ; Greece ; Korea ; Sweden ; Kenya",
    "place": "station ; airport ; hospital ; bank ; library ; museum ; park ; hotel ; mall ; theater ; pharmacy ; post office ; supermarket ; church ; stadium ; bakery ; gym ; bus stop ; gas station ; zoo",
    "near": "next to ; across from ; behind ; in front of ; near",
    "turn": "traffic light ; corner ; bridge ; stop sign ; crossing ; next street",
    "side": "left ; right",
    "scenery": "beach ; mountains ; lake ; desert ; forest ; island ; castle ; waterfall ; river ; village ; canyon ; old town ; countryside ; temple",
    "room_name": "kitchen ; bedroom ; bathroom ; garage ; basement ; living room ; garden ; attic ; hallway",
    "ride": "train ; bus ; subway ; taxi",
    "vehicle": "train ; bus ; subway ; plane ; taxi ; ferry ; boat",
    # weather
    "sky": "sunny ; cloudy ; rainy ; windy ; foggy ; snowy ; stormy ; clear",
    "climate": "hot ; cold ; warm ; cool ; humid ; dry ; pleasant ; mild ; freezing",
    "precipitation": "rain ; snow ; fog ; thunder ; a storm ; strong wind ; some sunshine ; a shower ; hail",
    "gear": "an umbrella ; a jacket ; a scarf ; gloves ; a hat ; boots ; sunglasses ; a raincoat ; a sweater ; your keys ; a mask ; your passport ; your wallet",
    # goods
    "clothes": "shirt ; dress ; coat ; jacket ; sweater ; hat ; tie ; skirt ; suit ; scarf ; belt ; blouse ; vest",
    "colour": "red ; blue ; white ; black ; green ; yellow ; gray ; purple ; pink ; brown ; silver ; golden",
    "goods": "phone ; laptop ; camera ; watch ; bag ; necklace ; toy ; bicycle ; washing machine ; refrigerator ; printer ; blanket ; guitar ; backpack ; mirror ; vacuum cleaner ; microwave ; toaster",
    "furniture": "sofa ; table ; chair ; bed ; desk ; shelf ; carpet ; lamp ; mirror ; pillow ; curtain ; cabinet ; couch",
    "trait": "cheap ; beautiful ; expensive ; small ; heavy ; light ; soft ; modern ; strong ; comfortable ; popular",
    "device": "phone ; computer ; laptop ; printer ; keyboard ; camera ; tablet ; speaker ; headset ; television ; router ; microphone ; screen",
    "fault": "is broken ; won't start ; is frozen ; is too slow ; needs an update ; stopped working ; keeps crashing ; makes a strange noise ; won't charge ; is missing ; fell on the floor ; doesn't connect",
    "trouble": "the internet is down ; I forgot my password ; my account is locked ; the website won't load ; the battery is dead ; the file is missing ; the download failed ; my inbox is full ; the signal is weak ; the app keeps crashing ; the video has no sound ; the link doesn't work",
    "appliance": "lights ; heater ; fan ; television ; dishwasher ; radio ; alarm ; air conditioner ; speakers",
    "defect": "is broken ; has a scratch ; is the wrong color ; is the wrong size ; is damaged ; is missing a part ; arrived late ; has a hole ; is defective ; smells strange ; never arrived",
    # food
    "dish": "pizza ; pasta ; steak ; fried rice ; chicken soup ; salad ; roast beef ; noodles ; grilled fish ; lamb curry ; a burger ; tacos ; mushroom soup ; baked potatoes ; spaghetti ; pancakes ; sushi ; turkey",
    "food": "pizza ; pasta ; steak ; fried rice ; chicken soup ; salad ; roast beef ; grilled fish ; lamb curry ; burger ; turkey ; cake",
    "fruit": "apples ; bananas ; grapes ; oranges ; strawberries ; peaches ; pears ; mangoes ; cherries ; lemons ; melons ; blueberries",
    "vegetable": "carrots ; onions ; potatoes ; tomatoes ; mushrooms ; beans ; spinach ; cabbage ; pumpkin ; corn ; peppers ; garlic ; lettuce ; broccoli",
    "drink": "coffee ; tea ; milk ; orange juice ; water ; beer ; red wine ; lemonade ; hot chocolate ; soda ; apple juice ; iced tea",
    "taste": "sweet ; salty ; spicy ; sour ; bitter ; fresh ; delicious ; crispy ; oily ; juicy",
    "snack": "bread ; cookies ; cake ; chocolate ; ice cream ; popcorn ; cheese ; nuts ; candy ; yogurt ; toast ; donuts ; crackers",
    "meal": "breakfast ; lunch ; dinner ; supper",
    "cup": "a cup of ; a glass of ; a bottle of ; some",
    # health
    "body": "head ; stomach ; throat ; back ; knee ; shoulder ; neck ; foot ; arm ; tooth ; ear ; hand ; ankle ; chest ; finger ; elbow",
    "symptom": "a fever ; a cough ; a headache ; a cold ; the flu ; a runny nose ; an allergy ; a rash ; a sore throat ; a toothache ; an infection ; high blood pressure",
    "cure": "drink more water ; get some rest ; take this medicine ; eat less sugar ; go to bed early ; exercise more ; quit smoking ; see a specialist ; take a deep breath ; have a blood test ; stay in bed ; avoid coffee ; lose some weight",
    # hobbies, school, work
    "hobby": "running ; swimming ; singing ; dancing ; painting ; fishing ; hiking ; reading ; cooking ; camping ; skiing ; gardening ; playing chess ; playing basketball ; playing soccer ; playing tennis ; playing the piano ; playing the guitar ; riding a bike ; taking photos ; doing yoga ; watching movies ; baking ; sailing",
    "do_hobby": "swim ; sing ; dance ; paint ; fish ; cook ; ski ; bake ; skate ; draw ; sail ; play chess ; play the violin ; play the drums ; play baseball ; ride a horse ; drive a truck ; speak {language}",
    "outing": "swimming ; hiking ; fishing ; dancing ; camping ; skiing ; sailing ; running",
    "language": "English ; French ; German ; Spanish ; Chinese ; Japanese ; Korean ; Italian",
    "show": "movie ; concert ; play ; game ; exhibition ; opera ; match ; race ; show ; circus ; festival ; parade",
    "sport": "basketball ; football ; soccer ; tennis ; baseball ; hockey ; volleyball ; golf",
    "result": "won ; lost ; finished first ; came in second ; scored a goal ; got a medal",
    "subject": "math ; history ; biology ; physics ; chemistry ; music ; geography ; art ; English ; economics ; science ; law ; literature",
    "study_thing": "homework ; notebook ; pencil ; dictionary ; textbook ; eraser ; ruler ; essay ; backpack ; student card ; glue",
    "document": "report ; contract ; email ; budget ; proposal ; invoice ; schedule ; resume ; application ; letter ; presentation ; agenda",
    "department": "sales ; marketing ; finance ; accounting ; support ; shipping ; legal ; research ; design",
    "meeting": "meeting ; interview ; training ; conference ; party ; wedding ; workshop ; lecture ; event ; ceremony ; appointment",
    "chore": "wash the dishes ; sweep the floor ; do the laundry ; take out the trash ; clean the windows ; water the plants ; walk the dog ; feed the cat ; make the bed ; fix the lamp ; iron the shirts ; mow the lawn ; cook dinner ; paint the fence ; pack the boxes",
    "pet": "dog ; cat ; rabbit ; parrot ; turtle ; hamster ; bird ; puppy ; kitten ; pony",
    "animal": "a panda ; a tiger ; a lion ; an elephant ; a monkey ; a giraffe ; a snake ; a fox ; a penguin ; a dolphin ; a camel ; a butterfly ; a wolf ; a bear ; a deer ; an owl ; a frog ; a whale",
    "nature": "trees ; flowers ; stars ; birds ; clouds ; rocks ; waves ; hills ; fields ; leaves ; sheep ; horses ; ducks",
    "flower": "roses ; lilies ; tulips ; daisies ; sunflowers ; orchids",
    "glad": "happy ; excited ; proud ; pleased ; grateful ; calm ; hopeful ; lucky ; relaxed ; satisfied",
    "sad": "sad ; angry ; nervous ; tired ; bored ; disappointed ; afraid ; lonely ; worried ; upset ; confused ; surprised ; sorry ; jealous",
    "state": "busy ; hungry ; thirsty ; sleepy ; sick ; late ; ready",
    "feeling": "{glad} ; {sad} ; {sad}",
    "character": "smart ; kind ; funny ; honest ; brave ; patient ; friendly ; polite ; generous ; clever ; gentle ; cheerful ; creative ; shy ; lazy ; stubborn ; careless ; serious ; quiet",
    "very": "very ; really ; so ; quite ; pretty ; extremely",
    "service": "a refund ; a replacement ; a discount ; a repair ; a receipt ; a warranty ; a coupon ; an exchange ; an invoice",
    "act": "cancel my order ; change my address ; check my balance ; return this item ; reset my password ; open an account ; renew my membership ; book a repair ; track my package ; pay my bill ; update my profile ; speak to a manager ; make a complaint ; upgrade my plan ; close my account",
    "please": "Could you please ; Can you ; Would you",
    "plan": "go to the {place} ; visit my {family} ; {chore} ; watch a {show} ; travel to {city} ; meet {name}",
}

TOPICS = {
    "greeting": """
        Hello , world !
        Hello .
        Hi there , {name} !
        How are you ?
        How are you doing today , {name} ?
        I'm fine , thank you .
        Thank you very much .
        Thanks for your help , {person} .
        You're welcome .
        Yes , please .
        No , thank you .
        Good {part} , {name} .
        Good {part} , {sir} .
        Good night , sleep well .
        Nice to meet you , {sir} .
        What's your name ?
        My name is {name} and I'm from {city} .
        I'm {name} , and I work as {an_job} .
        Long time no see , {name} !
        See you {soon} , {name} .
        See you {soon} !
        Goodbye , {person} .
        Happy birthday , {name} !
        Merry Christmas and a happy New Year !
        Have a great {holiday} , {name} !
        Have a nice day !
        Excuse me , {sir} .
        I'm sorry I'm late .
        No problem at all .
        Welcome to {city} , {name} !
        Say hello to your {family} for me .
        Take care of yourself .
        Congratulations , {name} , well done !
        What's new with you ?
        Where are you from ?
        I don't know .
        That sounds great .
        Nice talking to you .
        """,
    "weather": """
        {precipitation} and {precipitation} are coming {soon} .
        There will be {precipitation} near {city} {soon} .
        I don't like {precipitation} .
        I lost {gear} {past} .
        Did you bring {gear} ?
        You need {gear} and {gear} in {season} .
        It was {very} {climate} in {country} .
        What's the weather like {soon} ?
        The weather is {very} {climate} today .
        It will be {sky} in {city} {soon} .
        It was {sky} in {city} {past} .
        Will it rain in {city} {soon} ?
        Is it {sky} in {city} ?
        It's {degrees} degrees in {city} right now .
        The high will be {degrees} degrees {soon} .
        We expect {precipitation} {soon} .
        The forecast says {precipitation} for {weekday} .
        There was {precipitation} in {city} {past} .
        {season} in {city} is {very} {climate} .
        I love {season} in {country} .
        It's {sky} outside , so take {gear} .
        Don't forget {gear} .
        Bring {gear} and {gear} .
        There's a {percent} chance of rain .
        It's {very} {climate} and {sky} in {city} .
        What a beautiful day !
        The rain has stopped , and I can see a rainbow .
        {month} is {often} {climate} here .
        """,
    "shopping": """
        I want a {trait} {furniture} and a {trait} {goods} .
        I bought a new {goods} and a {furniture} .
        We went to the mall for a {clothes} and {gear} .
        How much is this ?
        How much does this {clothes} cost ?
        This {colour} {clothes} is {price} .
        The {goods} costs {sum} .
        That {furniture} is only {price} .
        I'd like to buy a {colour} {clothes} .
        I'm looking for a {trait} {goods} .
        Do you have this {clothes} in {colour} ?
        Can I try on the {colour} {clothes} ?
        This {clothes} is too {trait} for me .
        The {furniture} is {very} {trait} .
        That's too expensive .
        Can I pay by credit card ?
        I'll pay in cash .
        The total is {price} .
        {fruit} are on sale for {price} .
        Everything is {percent} off {soon} .
        I need {fruit} , {vegetable} and {snack} .
        The {fruit} and {vegetable} look fresh .
        I bought a {colour} {furniture} {past} .
        My {family} gave me a {colour} {clothes} .
        {name} is wearing a {colour} {clothes} .
        What time does the store close ?
        I bought {flower} for my {family} .
        These {flower} cost {price} .
        This {goods} is more modern than that one .
        Where can I find {snack} and {drink} ?
        {person} lost a {goods} {past} .
        I like the {colour} one , not the {colour} one .
        We sold {n} shirts last week .
        """,
    "service": """
        I will {act} {soon} .
        It takes {n} minutes to {act} .
        Thank you for calling .
        How can I help you today ?
        I want to make a complaint .
        I want a refund .
        I'd like {service} , please .
        I'd like to {act} .
        How do I {act} ?
        Can you help me {act} ?
        I need to {act} and {act} .
        You can't {act} online .
        I tried to {act} {past} .
        {person} wants to {act} .
        My order number is {order} .
        Where is my order {order} ?
        Can I have your order number , please ?
        The {goods} I bought {defect} .
        My new {goods} {defect} .
        My {furniture} {defect} , and I want a refund .
        This {clothes} {defect} .
        The {clothes} {defect} , so I'd like {service} .
        We're sorry for the trouble .
        Please hold while I check your account .
        Your refund of {sum} has been sent .
        Your package will arrive {soon} .
        The driver left the package {near} the {place} .
        Is there anything else I can help you with ?
        We will reply within {n} hours .
        Let me speak to your manager .
        I'm {very} {feeling} about the service .
        The {department} team will call you {soon} .
        You have been waiting for {n} minutes .
        The customer asked for {service} .
        Do you offer {service} ?
        We can give you {service} or {service} .
        """,
    "meeting": """
        The {meeting} is at {time} .
        The {meeting} has moved to {weekday} at {time} .
        Let's meet at {time} .
        Let's meet {near} the {place} at {time} .
        What time does the {meeting} start ?
        The {meeting} is in room {room} .
        The {meeting} on {weekday} is canceled .
        Will {person} come to the {meeting} {soon} ?
        Please tell the {department} team about the {meeting} .
        The {meeting} has been moved to {date} .
        The {meeting} is on the {floor} floor .
        Who is leading the {meeting} ?
        {person} will lead the {meeting} on {date} .
        First , let's talk about the {document} .
        Does anyone have any questions ?
        {n} people came to the {meeting} .
        {person} has {symptom} and can't join the {meeting} .
        Don't be late for the {meeting} .
        The {meeting} ended at {time} .
        Are you free {soon} ?
        """,
    "work": """
        The {job} was {very} {character} .
        Ask the {job} for help .
        I need to find a good {job} .
        The {job} is from {city} .
        {person} is married to a {job} .
        My {family} wants to be {an_job} .
        The {job} and the {job} went to {city} .
        The {document} must be ready by {date} .
        {please} send the {document} to {person} ?
        Did you finish the {document} ?
        I'll check the {document} {soon} .
        The {document} is due on {date} .
        Send the {document} to the {department} team .
        {name} works in {department} .
        My {family} is {an_job} .
        {name} wants to be {an_job} .
        I worked as {an_job} in {city} .
        I have to work late {soon} .
        I need a day off {soon} .
        {name} is on a business trip to {city} .
        Sales went up by {percent} .
        Costs fell by {percent} in {year} .
        Our company has {n} workers .
        The job pays {thousands} a month .
        {name} got a new job in {city} .
        {person} must sign the {document} .
        {please} print {n} copies of the {document} ?
        The {department} team is hiring a {job} .
        The {job} talked to the {job} .
        My boss is {very} {character} .
        {person} and I wrote the {document} and the {document} .
        I'm {very} busy {soon} .
        {person} has joined the {department} team .
        """,
    "time": """
        We're going to {city} on {date} .
        The {show} is on {date} .
        {person} was born on {date} .
        Is {date} a {weekday} ?
        {holiday} starts on {date} .
        I'm free on {date} at {time} .
        What time is it ?
        It's {time} now .
        Today is {weekday} , {date} .
        When is {holiday} ?
        My birthday is on {date} .
        {owner} birthday is on {date} .
        {name} was born in {year} .
        I finished college in {year} .
        I {often} leave home at {time} .
        {person} {often} goes to bed at {time} .
        The {place} opens at {time} .
        The {place} closes at {time} on {weekday} .
        We moved to {country} in {month} {year} .
        My alarm rings at {time} .
        How long is {holiday} ?
        {n} days until {holiday} !
        {holiday} is {few} weeks away .
        I'll be back in {n} minutes .
        Time flies so fast !
        {season} starts in {month} .
        """,
    "phone": """
        Hello , is this {person} ?
        Who is calling , please ?
        May I speak to {sir} ?
        My phone number is {phone} .
        {owner} number is {phone} .
        Please call {phone} and ask for {name} .
        I'll call you back {soon} .
        {sir} isn't here , please leave a message .
        I can't hear you , please say that again .
        Could you speak up , please ?
        {person} called you {past} .
        The line is busy , try again later .
        I'm going to call my {family} {soon} .
        Your phone is ringing .
        Did {person} answer the phone ?
        Text me when you get to the {place} .
        """,
    "technology": """
        The {appliance} and the {appliance} won't turn off .
        Who turned on the {appliance} ?
        Turn on the {appliance} at {time} .
        {trouble} , what should I do ?
        I'm calling because {trouble} .
        Sorry , {trouble} and {trouble} .
        The {device} is {very} {trait} .
        My {device} {fault} .
        The {device} {fault} again .
        {owner} {device} {fault} .
        My {device} {fault} and my {device} {fault} .
        The {device} {fault} , so call {person} .
        Can you fix my {device} ?
        I can't use it because {trouble} .
        {name} says {trouble} .
        I think {trouble} .
        Help me , {trouble} !
        I'm {sad} because {trouble} .
        Please enter your password .
        Your code is {order} .
        The battery is at {percent} .
        The download is at {percent} .
        Please restart your {device} .
        My {family} can't use a {device} .
        Turn on the {appliance} in the {room_name} .
        Turn off the {appliance} , please .
        The {appliance} in the {room_name} won't stop .
        Set the {room_name} to {degrees} degrees .
        Play a song by {name} .
        Turn the volume up .
        I posted the photos online .
        Speech recognition is getting better every year .
        Speech recognition works {very} well on my {device} .
        Does your {device} have speech recognition ?
        My {device} is getting old , I use it every {part} .
        Do you need a new {device} ?
        {name} connected the {device} to the {device} .
        """,
    "transport": """
        How do I get to the {place} ?
        Where is the nearest {place} ?
        The {place} is {near} the {place} .
        How far is the {place} from here ?
        Go straight and turn {side} at the {turn} .
        Turn {side} at the {turn} .
        The {place} is on your {side} .
        Walk past the {turn} , then turn {side} .
        The {ride} to the {place} takes {n} minutes .
        Take the {ride} to the {place} .
        When does the {vehicle} to {city} leave ?
        The {vehicle} to {city} leaves at {time} .
        The {vehicle} is {n} minutes late .
        How long is the {vehicle} ride from {city} to {city} ?
        A ticket to {city} is {price} .
        The flight to {city} costs {sum} .
        I {often} take the {vehicle} to work .
        Please stop {near} the {place} .
        There's a lot of traffic near the {turn} .
        I'm waiting for you {near} the {place} .
        Please fasten your seat belt .
        Two tickets to {city} , please .
        My flight leaves from gate {n} .
        I missed the {ride} to the {place} .
        The {place} is {tens} miles from {city} .
        Slow down at the {turn} !
        """,
    "food": """
        {person} ordered {dish} and {snack} .
        We have {dish} or {dish} today .
        {dish} and {dish} for {few} people , please .
        I don't want {dish} , I want {snack} .
        I love {fruit} and {fruit} .
        The {food} with {vegetable} is {taste} .
        What would you like to eat ?
        Can I see the menu , please ?
        I'd like {dish} and {cup} {drink} .
        Can I have {cup} {drink} , please ?
        {few} cups of {drink} , please .
        The {food} is {very} {taste} .
        The {drink} is too {taste} .
        {snack} and {drink} , please .
        {person} likes {taste} food .
        {person} doesn't eat {vegetable} .
        I like {vegetable} , but I don't like {vegetable} .
        My favorite food is {dish} .
        {city} is famous for {dish} .
        I {often} drink {drink} with {meal} .
        What's for {meal} ?
        Let's have {dish} for {meal} .
        We had {dish} for {meal} yesterday .
        The check , please .
        The {food} is {price} .
        A table for {few} at {time} , please .
        Can you cook {dish} ?
        {fruit} taste better than {fruit} .
        I'm full , thank you .
        We need {vegetable} , {fruit} and {snack} .
        The soup with {vegetable} is {very} {taste} .
        Is there any {snack} in the {room_name} ?
        Careful , it's hot !
        Pass me the salt and pepper .
        {name} , pass me the salt and pepper , please .
        No {vegetable} for me , please .
        We're out of {snack} and {drink} .
        My {family} made {dish} with {vegetable} .
        """,
    "health": """
        My {body} feels much better .
        The doctor checked my {body} and my {body} .
        {person} hurt a {body} {past} .
        I can't move my {body} .
        Why does your {body} hurt ?
        To stay healthy , {cure} and {cure} .
        I feel sick , I think I have {symptom} .
        What's wrong ?
        My {body} hurts .
        My {body} and my {body} hurt .
        {owner} {body} hurts {very} much .
        I hurt my {body} {past} .
        I have {symptom} .
        {person} has {symptom} and {symptom} .
        {person} had {symptom} {past} .
        If you have {symptom} , {cure} .
        The doctor told me to {cure} .
        You should {cure} .
        Please {cure} and {cure} .
        {person} needs to {cure} .
        I have to see the dentist {soon} .
        Take two pills after {meal} .
        Is Dr.|doctor|doctor {surname} free {soon} ?
        The medicine costs {price} .
        Are you allergic to {fruit} ?
        Eating {vegetable} is good for you .
        {hobby} is good for your {body} .
        My {family} is in the hospital , and I'm {very} {sad} .
        I hope you feel better soon .
        Help , call an ambulance !
        The doctor looked at my {body} .
        I feel {very} {sad} , so I will {cure} .
        """,
    "family": """
        How many people are in your family ?
        My {family} is {age} years old .
        my {family} is {age} years old .
        My {family} is {very} {character} .
        It's your turn to {chore} .
        I {often} {chore} on {weekday} .
        {person} has to {chore} {soon} .
        Did you {chore} {past} ?
        Please {chore} before {meal} .
        I'll {chore} if you {chore} .
        My {family} is in the {room_name} .
        There is a {colour} {furniture} in the {room_name} .
        Put the {furniture} in the {room_name} .
        Move the {furniture} next to the {furniture} .
        The {pet} is sleeping on the {furniture} .
        We have a {colour} {pet} and a {pet} .
        {owner} {pet} is {very} {character} .
        The {pet} is hungry again .
        My keys are on the {furniture} .
        I miss my {family} .
        My {family} and my {family} went to the {place} .
        {name} got married in {month} .
        my {family} is {an_job} .
        The rent is {thousands} a month .
        The baby can walk now !
        Tell {person} a story .
        """,
    "hobby": """
        {name} likes {hobby} and {hobby} .
        The {sport} team {result} .
        {name} {result} {past} .
        {person} likes {hobby} , but I like {hobby} .
        I can't {do_hobby} or {do_hobby} .
        Teach me how to {do_hobby} , please .
        We watched {sport} and {sport} on television .
        What do you do for fun ?
        I like {hobby} .
        My {family} likes {hobby} .
        {name} enjoys {hobby} with {person} .
        Let's go {outing} {soon} .
        {person} taught me how to {do_hobby} .
        Can you {do_hobby} ?
        {name} can {do_hobby} and {do_hobby} .
        {person} is learning to {do_hobby} .
        {hobby} makes me {glad} .
        {hobby} is more fun than {hobby} .
        I don't have time for {hobby} .
        Let's watch the {show} {soon} .
        The {show} was {very} exciting .
        The {show} made me {feeling} .
        The {show} starts at {time} .
        Tickets for the {show} are sold out .
        There's a {sport} game {soon} .
        Our team {result} !
        {name} {result} in the {show} .
        Did you see the {sport} game {past} ?
        I grow {flower} and {vegetable} in my garden .
        {owner} favorite sport is {sport} .
        Do you prefer {hobby} or {hobby} ?
        My favorite color is {colour} .
        """,
    "travel": """
        {animal} is bigger than {animal} .
        The children love to see {animal} .
        We saw {animal} in the {scenery} .
        I took photos of {nature} and {nature} .
        The {scenery} is full of {nature} .
        Look at the {nature} and the {nature} !
        {name} speaks {language} and {language} .
        People speak {language} in that village .
        Do you speak {language} or {language} ?
        I want to travel to {country} .
        {person} went to {country} {past} .
        We're going to {country} for {holiday} .
        The {scenery} is {very} beautiful in {season} .
        Have you ever been to {country} ?
        How far is the {scenery} from {city} ?
        We took {n} photos at the {scenery} .
        The {scenery} in {country} is {very} famous .
        The hotel costs {sum} a night .
        My room number is {room} .
        May I see your passport , please ?
        My suitcase weighs {n} pounds .
        People in {country} are {very} {character} .
        {name} is studying {subject} in {country} .
        I saw {animal} and {animal} at the zoo .
        Have you ever seen {animal} ?
        Look , there is {animal} near the {scenery} !
        {name} dreamed about {animal} .
        We saw {nature} and {nature} by the {scenery} .
        {name} drew a picture of {animal} .
        Look at the {nature} !
        The {nature} near {city} are beautiful .
        We stayed near the {scenery} for {few} days .
        I'd like to book a room for {few} nights .
        Our trip to {country} cost {thousands} .
        We're going to the {scenery} {soon} .
        """,
    "school": """
        I need a new {study_thing} .
        My {study_thing} and my {study_thing} are missing .
        My favorite subject is {subject} .
        {name} is {very} good at {subject} .
        The {subject} test is on {weekday} .
        I got {percent} on my {subject} test .
        {sir} teaches {subject} .
        Did you do your {subject} homework ?
        The {subject} class starts at {time} .
        I forgot my {study_thing} .
        My {study_thing} is in my bag .
        Can I borrow your {study_thing} ?
        Please give the {study_thing} to {name} .
        There are {n} students in my class .
        {name} lost the {study_thing} {past} .
        {subject} is harder than {subject} .
        Open your books to page {n} .
        Please be quiet , the class is starting .
        The students are {very} {character} .
        I have my {subject} test {soon} , and I'm {sad} .
        {name} wants to study {subject} in {city} .
        My {goods} is {colour} , and yours is {colour} .
        Where did you put the {study_thing} ?
        I'm learning {language} and {language} .
        """,
    "feeling": """
        I feel {glad} and {glad} .
        {person} feels {glad} today .
        My {family} is {character} , but my {friend} is {character} .
        I'm {very} {feeling} today .
        {person} was {very} {feeling} {past} .
        Why are you so {sad} ?
        I'm {very} {state} {soon} .
        Are you {state} ?
        {person} is {state} .
        {person} was {very} {state} {past} .
        Don't be {sad} , I'm here .
        We were {glad} to hear the news .
        {person} is {very} {character} .
        My {friend} is {character} and {character} .
        My {friend} is coming over {soon} .
        I went to the {place} with my {friend} .
        My {friend} gave me {flower} , and I was {very} {glad} .
        My {friend} owes me {price} .
        You can do it !
        Are you serious ?
        That's wonderful news !
        Take your time , there's no hurry .
        I agree with {person} .
        I think {person} is a little {sad} .
        What are you going to do {soon} ?
        I'm going to {plan} {soon} .
        {person} wants to {plan} {soon} .
        Do you want to {plan} with me ?
        I feel {sad} when I have to {chore} .
        """,
    "home": """
        The {appliance} in the {room_name} is {very} {trait} .
        Is the {appliance} or the {appliance} still on ?
        {name} turned on the {appliance} and the {appliance} .
        {person} turned off the {appliance} in the {room_name} .
        I {often} hear the {appliance} in the {room_name} .
        """,
    "outdoors": """
        {name} doesn't like {precipitation} in {season} .
        We saw {precipitation} and {precipitation} near the {scenery} .
        First {precipitation} , then {precipitation} , what a day !
        There was {precipitation} {past} and {precipitation} {past} .
        My {friend} is afraid of {precipitation} and {animal} .
        """,
    "wardrobe": """
        {name} has a {colour} {clothes} and a {colour} {clothes} .
        The {clothes} and the {clothes} are {very} {trait} .
        {owner} {clothes} is {colour} .
        My {family} lost {gear} and {gear} .
        Where are {owner} {clothes} and {owner} {clothes} ?
        """,
    "belongings": """
        {name} has a new {study_thing} and a new {study_thing} .
        Did {person} bring the {study_thing} ?
        {trouble} , and {person} is {very} {feeling} .
        {owner} {study_thing} is in the {room_name} .
        {person} called because {trouble} .
        """,
}

GRAMMAR = Grammar("en", TOPICS, SLOTS, _word)


def sentence(rng: random.Random) -> Sentence:
    drawn = GRAMMAR.sentence(rng)
    first = drawn.pieces[0]
    return replace(drawn, pieces=(replace(first, written=first.written[0].upper() + first.written[1:]), *drawn.pieces[1:]))
