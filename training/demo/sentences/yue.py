"""Everyday Cantonese as it is spoken, in traditional characters, with digits for times, dates, prices, ages and telephone numbers."""

from __future__ import annotations

import random

from training.demo.sentence import Piece, Sentence
from training.demo.sentences.grammar import Draw, Grammar
from training.demo.sentences.zh import dates, digits, numbers, numeral, percentage, strings_of_digits

TWO = "兩"
PARTS_OF_DAY: list[tuple[str, range]] = [
    ("朝早", range(6, 12)),
    ("上晝", range(8, 12)),
    ("下晝", range(1, 7)),
    ("夜晚", range(7, 12)),
]


def _clock(rng: random.Random) -> list[Piece]:
    return [_time(rng.randint(1, 12), rng)]


def _moment(rng: random.Random) -> list[Piece]:
    part, hours = rng.choice(PARTS_OF_DAY)
    return [Piece.plain(part), _time(rng.choice(hours), rng)]


def _time(hour: int, rng: random.Random) -> Piece:
    minutes, said = rng.choice([("", ""), ("半", "半"), ("15分", "十五分"), ("20分", "二十分"), ("45分", "四十五分")])
    words = f"{TWO if hour == 2 else numeral(hour)}點{said}"
    return Piece(f"{hour}點{minutes}", words, words)


def _year(rng: random.Random) -> list[Piece]:
    year = str(rng.randint(1985, 2026))
    return [Piece(f"{year}年", f"{digits(year)}年", f"{digits(year)}年")]


SLOTS: dict[str, str | Draw] = {
    # numbers
    "clock": _clock,
    "moment": _moment,
    "date": dates("號"),
    "year": _year,
    "percent": percentage,
    "n": numbers(11, 60),
    "age": numbers(11, 70),
    "tens": numbers(10, 90, 5),
    "degrees": numbers(11, 36),
    "price": numbers(12, 999, two=TWO),
    "thousands": numbers(1100, 9900, 100, two=TWO),
    "floor": numbers(3, 28),
    "line": numbers(3, 16),
    "m": numbers(1, 12),
    "room": strings_of_digits("2", "3", "5", "6", "8", length=3),
    "order": strings_of_digits("1", "3", "4", "7", "9", length=6),
    "phone": strings_of_digits("2", "3", "5", "6", "9", length=8),
    # time
    "half": "朝早 ; 上晝 ; 下晝 ; 夜晚 ; 晏晝",
    "on": "今日 ; 聽日 ; 後日 ; {week} ; {week}",
    "soon": "今日 ; 聽日 ; 後日 ; 今晚 ; 週末 ; 下個月 ; 下星期 ; {week}",
    "past": "尋日 ; 前日 ; 上個月 ; 上星期 ; 舊年 ; 尋晚",
    "week": "星期一 ; 星期二 ; 星期三 ; 星期四 ; 星期五 ; 星期六 ; 星期日 ; 禮拜三 ; 禮拜六 ; 禮拜日",
    "often": "成日 ; 日日 ; 間中 ; 好少 ; 有時 ; 平時 ; 通常",
    "season": "春天 ; 夏天 ; 秋天 ; 冬天",
    "holiday": "新年 ; 中秋節 ; 聖誕節 ; 暑假 ; 復活節 ; 端午節 ; 情人節 ; 清明節 ; 重陽節",
    # people
    "surname": "陳 ; 李 ; 黃 ; 張 ; 何 ; 林 ; 梁 ; 王 ; 吳 ; 鄭 ; 劉 ; 周 ; 馬 ; 鄧 ; 郭 ; 葉 ; 羅 ; 馮 ; 謝 ; 蔡 ; 蘇 ; 曾",
    "title": "生 ; 太 ; 小姐 ; 先生 ; 老師 ; 經理 ; 醫生 ; 主任 ; 律師 ; 師傅 ; 教授",
    "given": "阿明 ; 阿強 ; 嘉欣 ; 美玲 ; 志偉 ; 家樂 ; 詠詩 ; 子軒 ; 俊傑 ; 麗華 ; 思敏 ; 國榮 ; 浩然 ; 婷婷 ; 阿芬 ; 阿成",
    "person": "{surname} {title} ; {surname} {title} ; {given} ; 阿 {surname}",
    "family": "爸爸 ; 媽媽 ; 爺爺 ; 嫲嫲 ; 公公 ; 婆婆 ; 哥哥 ; 家姐 ; 細佬 ; 阿妹 ; 個仔 ; 個女 ; 老公 ; 老婆 ; 叔叔 ; 舅父 ; 表哥 ; 姨媽",
    "who": "我 ; 你 ; 佢 ; 我哋 ; 佢哋 ; 大家 ; 我 {family} ; {person}",
    "whom": "你 ; 大家 ; {person} ; {person} ; 你哋",
    "friend": "朋友 ; 同事 ; 同學 ; 鄰居 ; 老細 ; 客人 ; 親戚 ; 老友 ; 隊友",
    "job": "工程師 ; 護士 ; 警察 ; 司機 ; 廚師 ; 會計 ; 律師 ; 演員 ; 歌手 ; 記者 ; 消防員 ; 秘書 ; 設計師 ; 作家 ; 畫家 ; 保安 ; 導遊 ; 髮型師 ; 侍應 ; 牙醫",
    # places
    "city": "香港 ; 廣州 ; 深圳 ; 澳門 ; 北京 ; 上海 ; 台北 ; 東京 ; 倫敦 ; 珠海 ; 佛山 ; 曼谷 ; 首爾 ; 巴黎 ; 紐約 ; 悉尼",
    "district": "旺角 ; 中環 ; 尖沙咀 ; 銅鑼灣 ; 沙田 ; 觀塘 ; 元朗 ; 深水埗 ; 油麻地 ; 灣仔 ; 九龍塘 ; 荃灣 ; 北角 ; 西貢 ; 大埔 ; 柴灣",
    "country": "美國 ; 英國 ; 法國 ; 德國 ; 日本 ; 韓國 ; 泰國 ; 加拿大 ; 意大利 ; 新加坡 ; 印度 ; 澳洲 ; 西班牙 ; 瑞士 ; 越南 ; 埃及",
    "place": "火車站 ; 地鐵站 ; 機場 ; 醫院 ; 銀行 ; 超市 ; 圖書館 ; 博物館 ; 郵局 ; 公園 ; 酒店 ; 商場 ; 戲院 ; 動物園 ; 藥房 ; 停車場 ; 油站 ; 街市 ; 警署 ; 碼頭",
    "near": "門口 ; 樓下 ; 對面 ; 隔籬 ; 附近 ; 前面 ; 後面 ; 左邊 ; 右邊",
    "spot": "前面 ; 路口 ; 街角 ; 紅綠燈 ; 天橋 ; 銀行 門口 ; 學校 門口 ; 巴士站",
    "scenery": "海灘 ; 山頂 ; 離島 ; 長城 ; 故宮 ; 西湖 ; 沙漠 ; 瀑布 ; 森林 ; 古廟 ; 溫泉 ; 雪山 ; 迪士尼 ; 海洋公園",
    "room_name": "客廳 ; 廚房 ; 睡房 ; 露台 ; 書房 ; 廁所 ; 花園 ; 車房",
    "vehicle": "地鐵 ; 巴士 ; 的士 ; 小巴 ; 火車 ; 高鐵 ; 飛機 ; 渡輪 ; 電車",
    # weather
    "sky": "好天 ; 陰天 ; 落雨天 ; 大太陽",
    "weather": "驟雨 ; 大雨 ; 暴雨 ; 雷暴 ; 大霧 ; 大風 ; 颱風 ; 冰雹",
    "climate": "熱 ; 凍 ; 濕 ; 乾燥 ; 涼爽 ; 暖 ; 焗 ; 舒服",
    "wet": "落緊 雨 ; 好 凍 ; 好 大風 ; 落緊 雪 ; 好 大雨 ; 好 大太陽",
    "gear": "遮 ; 外套 ; 頸巾 ; 手套 ; 帽 ; 雨衣 ; 口罩 ; 鎖匙 ; 銀包 ; 身份證 ; 太陽眼鏡",
    # goods
    "clothes": "恤衫 ; 裙 ; 褲 ; 外套 ; 冷衫 ; 帽 ; 襪 ; 皮鞋 ; 西裝 ; 頸巾 ; 領呔 ; 牛仔褲 ; 羽絨 ; 睡衣 ; 波鞋",
    "clothes_one": "件 恤衫 ; 條 裙 ; 條 褲 ; 件 外套 ; 件 冷衫 ; 頂 帽 ; 對 襪 ; 對 皮鞋 ; 套 西裝 ; 條 頸巾 ; 條 領呔 ; 條 牛仔褲 ; 件 羽絨 ; 套 睡衣 ; 對 波鞋",
    "colour": "紅色 ; 藍色 ; 白色 ; 黑色 ; 綠色 ; 黃色 ; 灰色 ; 紫色 ; 粉紅色 ; 啡色",
    "goods": "手機 ; 電腦 ; 耳筒 ; 手錶 ; 相機 ; 書包 ; 眼鏡 ; 頸鏈 ; 單車 ; 洗衣機 ; 雪櫃 ; 冷氣機 ; 電視 ; 打印機 ; 風筒 ; 鍵盤 ; 電飯煲",
    "goods_one": "部 手機 ; 部 電腦 ; 個 耳筒 ; 隻 手錶 ; 部 相機 ; 個 書包 ; 條 頸鏈 ; 架 單車 ; 部 洗衣機 ; 個 雪櫃 ; 部 冷氣機 ; 部 電視 ; 部 打印機 ; 張 梳化 ; 張 枱 ; 張 凳 ; 把 遮 ; 張 地氈 ; 個 電飯煲",
    "furniture": "梳化 ; 枱 ; 凳 ; 床 ; 衣櫃 ; 書架 ; 窗簾 ; 地氈 ; 枱燈 ; 鏡 ; 枕頭 ; 被",
    "trait": "平 ; 靚 ; 襟用 ; 流行 ; 輕便 ; 實用 ; 貴 ; 大 ; 細",
    "device": "手機 ; 電腦 ; 耳筒 ; 手錶 ; 相機 ; 電視 ; 打印機 ; 平板 電腦 ; 喇叭 ; 鬧鐘",
    "fault": "壞 咗 ; 冇 電 ; 開 唔到 ; 死機 ; 有 問題 ; 要 更新 ; 好 慢 ; 連 唔到 網 ; 唔見 咗 ; 跌 爛 咗 ; 冇 聲",
    "trouble": "個 網 連 唔到 ; 個 軟件 開 唔到 ; 個 帳戶 俾 人 鎖 咗 ; 密碼 唔記得 咗 ; 個 芒 爆 咗 ; 隻 滑鼠 壞 咗 ; 個 鏡頭 花 咗 ; 個 鍵盤 入水 ; 個 系統 要 更新 ; 電池 叉 唔到 電 ; 個 檔案 唔見 咗 ; 個 郵箱 滿 咗",
    "appliance": "冷氣 ; 電視 ; 枱燈 ; 音響 ; 暖爐 ; 風扇 ; 窗簾 ; 吸塵機 ; 抽濕機",
    "defect": "有 花痕 ; 顏色 唔啱 ; 爛 咗 ; 少 咗 零件 ; 有 質量 問題 ; 係 假 嘅 ; 壞 咗 ; 型號 唔啱",
    "clothes_defect": "甩色 ; 爛 咗 ; 顏色 唔啱 ; 太 大 ; 太 細",
    # food
    "dish": "蝦餃 ; 燒賣 ; 叉燒包 ; 腸粉 ; 雲吞麵 ; 燒鵝 ; 咕嚕肉 ; 菠蘿包 ; 蛋撻 ; 乾炒 牛河 ; 煲仔飯 ; 鳳爪 ; 蘿蔔糕 ; 咖喱 魚蛋 ; 白切雞 ; 皮蛋 瘦肉粥 ; 乳鴿 ; 蒸魚 ; 牛腩麵 ; 糯米雞",
    "fruit": "蘋果 ; 香蕉 ; 提子 ; 西瓜 ; 橙 ; 士多啤梨 ; 桃 ; 芒果 ; 車厘子 ; 檸檬 ; 木瓜 ; 荔枝",
    "vegetable": "菜心 ; 薯仔 ; 紅蘿蔔 ; 青瓜 ; 茄子 ; 菠菜 ; 洋蔥 ; 冬菇 ; 南瓜 ; 粟米 ; 豆腐 ; 芥蘭 ; 番茄",
    "drink": "奶茶 ; 咖啡 ; 普洱 ; 檸檬茶 ; 鮮奶 ; 果汁 ; 啤酒 ; 可樂 ; 豆漿 ; 滾水 ; 凍水 ; 紅酒 ; 鴛鴦 ; 涼茶",
    "taste": "甜 ; 鹹 ; 辣 ; 酸 ; 苦 ; 淡 ; 膩 ; 香 ; 鮮",
    "snack": "麵包 ; 蛋糕 ; 餅乾 ; 朱古力 ; 雪糕 ; 薯條 ; 糖 ; 花生 ; 月餅 ; 糭 ; 三文治 ; 布甸 ; 豆腐花",
    "meal": "早餐 ; 晏晝飯 ; 下午茶 ; 晚飯 ; 宵夜",
    # health
    "body": "頭 ; 肚 ; 喉嚨 ; 牙 ; 條 腰 ; 膝頭 ; 膊頭 ; 個 胃 ; 眼 ; 耳仔 ; 條 頸 ; 隻 腳 ; 隻 手 ; 背脊",
    "symptom": "發燒 ; 咳 ; 頭暈 ; 流 鼻水 ; 失眠 ; 作嘔 ; 敏感 ; 冇 胃口 ; 傷風 ; 打 乞嗤 ; 肚屙 ; 唔 舒服",
    "cure": "飲 多啲 水 ; 好好 休息 ; 準時 食藥 ; 早啲 瞓 ; 做 運動 ; 飲 少啲 酒 ; 探熱 ; 打針 ; 驗血 ; 住院 ; 睇 醫生",
    # hobbies, school, work
    "hobby": "跑步 ; 游水 ; 唱歌 ; 跳舞 ; 畫畫 ; 釣魚 ; 行山 ; 睇書 ; 捉棋 ; 影相 ; 煮飯 ; 旅行 ; 打 籃球 ; 踢波 ; 打 羽毛球 ; 彈琴 ; 拉 小提琴 ; 踩 單車 ; 做 瑜伽 ; 滑雪 ; 打 麻雀 ; 行街 ; 打機 ; 露營",
    "show": "戲 ; 音樂會 ; 話劇 ; 比賽 ; 展覽 ; 粵劇 ; 演唱會 ; 新聞 ; 動畫 ; 電視劇",
    "sport_event": "籃球 比賽 ; 足球 比賽 ; 馬拉松 ; 奧運 ; 世界盃 ; 網球 比賽 ; 乒乓波 比賽 ; 賽馬 ; 龍舟 比賽",
    "result": "贏 咗 ; 輸 咗 ; 攞 咗 冠軍 ; 進步 咗 ; 失敗 咗 ; 破 咗 紀錄",
    "subject": "數學 ; 英文 ; 中文 ; 歷史 ; 地理 ; 物理 ; 化學 ; 生物 ; 音樂 ; 美術 ; 體育 ; 政治 ; 經濟 ; 哲學",
    "study_thing": "課本 ; 字典 ; 鉛筆 ; 擦膠 ; 簿 ; 間尺 ; 筆記 ; 原子筆 ; 學生證 ; 剪刀",
    "subject_thing": "課本 ; 功課 ; 筆記 ; 練習 ; 論文 ; 試卷",
    "document": "報告 ; 合約 ; 方案 ; 電郵 ; 預算 ; 名單 ; 發票 ; 計劃書 ; 履歷 ; 申請表 ; 會議 紀錄",
    "department": "財務部 ; 銷售部 ; 人事部 ; 技術部 ; 市場部 ; 客服部 ; 貨倉 ; 總公司 ; 工廠",
    "meeting": "會議 ; 面試 ; 培訓 ; 討論 ; 談判 ; 活動 ; 聚會 ; 婚禮 ; 講座 ; 派對",
    "chore": "洗碗 ; 掃地 ; 洗衫 ; 倒 垃圾 ; 抹窗 ; 淋花 ; 放狗 ; 餵貓 ; 執房 ; 換 燈膽 ; 熨衫 ; 拖地 ; 買餸",
    "pet": "狗 ; 貓 ; 兔仔 ; 雀仔 ; 鸚鵡 ; 烏龜 ; 倉鼠 ; 白鴿",
    "animal": "熊貓 ; 老虎 ; 獅子 ; 大笨象 ; 馬騮 ; 長頸鹿 ; 蛇 ; 狐狸 ; 企鵝 ; 海豚 ; 駱駝 ; 蝴蝶 ; 鱷魚 ; 狼",
    "nature": "樹 ; 花 ; 河 ; 湖 ; 橋 ; 塔 ; 竹林 ; 池塘 ; 山坡 ; 田 ; 星星 ; 月亮 ; 太陽 ; 彩虹",
    "flower": "玫瑰 ; 百合 ; 菊花 ; 荷花 ; 牡丹 ; 蘭花 ; 桃花 ; 茉莉",
    "glad": "開心 ; 興奮 ; 滿意 ; 幸福 ; 感動 ; 驕傲 ; 放心",
    "sad": "難過 ; 嬲 ; 緊張 ; 攰 ; 悶 ; 失望 ; 驚 ; 奇怪 ; 孤獨 ; 後悔 ; 擔心 ; 煩 ; 傷心 ; 辛苦 ; 尷尬",
    "feeling": "{glad} ; {sad} ; {sad}",
    "character": "聰明 ; 善良 ; 勤力 ; 幽默 ; 熱情 ; 老實 ; 勇敢 ; 耐心 ; 活潑 ; 溫柔 ; 謙虛 ; 有禮貌 ; 叻 ; 乖 ; 堅強",
    "flaw": "懶 ; 固執 ; 怕醜 ; 孤寒 ; 蠢 ; 長氣 ; 百厭",
    "very": "好 ; 非常 ; 真係 好 ; 特別 ; 幾 ; 十分",
    "please": "唔該 ; 麻煩 你 ; 唔該 你 ; 請 你",
    "service": "退款 ; 退貨 ; 換貨 ; 保養 ; 賠償 ; 維修",
    "paper": "優惠券 ; 會員卡 ; 發票 ; 帳單 ; 信用卡 ; 包裹 ; 保險",
    "act": "取消 訂單 ; 改 地址 ; 查 餘額 ; 辦理 退款 ; 申請 換貨 ; 登記 帳戶 ; 重設 密碼 ; 開通 會員 ; 預約 維修 ; 查詢 價錢 ; 增值 電話卡",
}

TOPICS = {
    "greeting": """
        你好 。
        早晨 ！
        早晨 ， {person} 。
        唔該 。
        唔該 晒 ！
        唔該 借借 。
        多謝 你 ！
        多謝 {person} 幫手 。
        你好 ， 請問 有 咩 可以 幫到 你 ？
        {person} ， 好耐 冇 見 ！
        好 高興 認識 你 ， {person} 。
        你 叫 咩 名 ？
        我 叫 {given} ， 喺 {city} 嚟 。
        我 姓 {surname} ， 係 {job} 。
        你 最近 點 呀 ？
        你 食咗飯 未 呀 ？
        最近 忙唔忙 呀 ？
        唔使 客氣 。
        冇問題 。
        對唔住 ， 我 遲到 。
        唔好意思 ， 打攪 晒 。
        拜拜 ， {person} 。
        {soon} 見 ！
        {on} {half} 見 ， {person} 。
        生日 快樂 ！
        祝 {whom} {holiday} 快樂 ！
        {holiday} 快樂 ， {person} ！
        恭喜 發財 ， {person} ！
        歡迎 你 嚟 {city} 。
        幫 我 問候 {person} 。
        係 呀 。
        唔係 呀 。
        我 唔知 喎 。
        早唞 ， {person} 。
        一路 順風 ！
        身體 健康 ， 萬事 勝意 ！
        飲杯 ！
        恭喜 你 ， {person} ！
        """,
    "weather": """
        今日 天氣 真係 好 。
        今日 天氣 點 呀 ？
        {city} {soon} 嘅 天氣 點 呀 ？
        {soon} {city} 會唔會 落雨 呀 ？
        {on} {half} 有 {weather} 。
        {city} {soon} 有 {weather} ， 氣溫 {degrees}度 。
        {city} {soon} 係 {sky} 。
        {soon} 係唔係 {sky} 呀 ？
        最高 氣溫 {degrees}度 。
        最低 氣溫 零下 {line}度 。
        {city} 嘅 {season} {very} {climate} 。
        我 鍾意 {city} 嘅 {season} 。
        出面 {wet} ， 記得 帶 {gear} 。
        出門口 唔好 唔記得 帶 {gear} 。
        帶埋 {gear} 同 {gear} 啦 。
        今日 {climate} 過 尋日 。
        {soon} 打風 ， 唔好 出街 。
        {city} 嘅 空氣 {very} 好 。
        天文台 話 {soon} 有 {weather} 。
        落雨 機會 係 {percent} 。
        {season} 到 喇 ， {flower} 開 晒 。
        {past} {city} 有 {weather} 。
        {weather} 警告 仲 生效 。
        {city} 有冇 {weather} 呀 ？
        {city} {climate} 過 {city} 。
        雨 停 咗 ， 有 彩虹 睇 呀 ！
        濕度 係 {percent} 。
        """,
    "shopping": """
        呢 {goods_one} {price}蚊 ， {very} 平 。
        一 {goods_one} 要 {thousands}蚊 。
        呢個 幾多 錢 呀 ？
        呢 {clothes_one} 幾多 錢 呀 ？
        呢 {clothes_one} {price}蚊 。
        嗰 {goods_one} 要 {thousands}蚊 。
        太貴 喇 ， 平啲 得唔得 呀 ？
        我 想 買 {colour} 嘅 {clothes} 。
        我 想 買 一 {goods_one} 。
        呢 {goods_one} {very} {trait} 。
        有冇 {colour} 嘅 {goods} 呀 ？
        呢款 {furniture} {very} {trait} 。
        {furniture} 打 八折 ， {price}蚊 咋 。
        呢 {clothes_one} 可唔可以 試 㗎 ？
        呢 {clothes_one} 太大 ， 有冇 細碼 呀 ？
        一共 {price}蚊 ， 多謝 。
        可唔可以 碌卡 呀 ？
        我 俾 現金 。
        唔該 俾 個 袋 我 。
        {fruit} 幾多 錢 一斤 呀 ？
        {fruit} {line}蚊 一斤 ， {vegetable} 好 平 。
        唔該 要 兩斤 {fruit} 。
        {fruit} 同 {vegetable} 都 好 新鮮 。
        超市 啲 {snack} 減緊價 。
        間 舖頭 幾點 閂門 呀 ？
        我 {past} 買 咗 {colour} 嘅 {furniture} 。
        {family} 送 咗 {clothes_one} 俾 我 。
        呢紮 {flower} 幾多 錢 呀 ？
        我 買 咗 {flower} 同 {snack} 俾 {family} 。
        全場 減價 {percent} ， 歡迎 選購 。
        我 鍾意 {colour} ， 唔鍾意 {colour} 。
        {colour} 嘅 {furniture} {very} {trait} 。
        {family} 着住 {colour} 嘅 {clothes} 。
        {person} 唔見 咗 {goods_one} 。
        呢 {goods_one} 有冇 保養 㗎 ？
        {family} {past} 買 咗 {goods_one} 。
        嗰 {clothes_one} {very} {trait} 。
        我 唔記得 帶 {gear} 呀 。
        我 {gear} 唔見 咗 呀 。
        {person} 啲 {gear} 唔見 咗 。
        我 搵 唔到 {gear} 同 {gear} 。
        我 想 買 {gear} 同 {clothes} 。
        """,
    "service": """
        我 要 投訴 。
        我 要 投訴 你哋 {department} 。
        我 要 退款 。
        我 想 {act} 。
        請問 點樣 {act} 呀 ？
        {please} 幫 我 {act} 。
        你 可以 上網 {act} 。
        你 想 {act} 定係 {act} 呀 ？
        {person} 想 {act} 。
        {act} 要 {n}分鐘 。
        我 {past} 上網 {act} 。
        我 嘅 訂單 號碼 係 {order} 。
        訂單 {order} 幾時 送到 呀 ？
        請 俾 訂單 號碼 我 。
        你 嘅 {service} 申請 已經 搞掂 。
        關於 {service} ， 請 聯絡 {department} 。
        我 收到 嘅 {goods} {defect} 。
        你哋 啲 {goods} {defect} ， 我 要 {service} 。
        新 買 嘅 {furniture} {defect} 。
        呢 {clothes_one} {clothes_defect} ， 我 想 退貨 。
        我 買 嘅 {clothes} {clothes_defect} 。
        {clothes} {clothes_defect} ， 點算 呀 ？
        真係 對唔住 ， 令 你 唔方便 。
        多謝 你 嘅 來電 。
        請 等 一等 ， 我 幫 你 查 下 。
        退款 {price}蚊 已經 過 咗 數 。
        速遞 {soon} 送唔送到 呀 ？
        速遞員 將 包裹 放 喺 {near} 。
        我 對 {service} {very} 唔滿意 。
        仲 有冇 其他 問題 呀 ？
        我哋 會 喺 {n}個 鐘頭 內 回覆 你 。
        叫 你哋 {title} 聽 電話 。
        {surname} {title} ， 你 嘅 {paper} 搞掂 喇 。
        我 嘅 {paper} 唔見 咗 ， 點算 呀 ？
        你 嘅 {paper} 放 咗 喺 {near} 。
        {paper} 嘅 問題 ， 請 問 {department} 。
        質素 太差 喇 ， 我 唔接受 ！
        {department} 嘅 質素 太差 喇 。
        我 唔接受 {service} 。
        """,
    "meeting": """
        開會 時間 改 到 {moment} 。
        {meeting} 改 到 {week} {half} 。
        {on} {moment} 開會 。
        {meeting} 幾點 開始 呀 ？
        {meeting} 喺 {room}室 舉行 。
        {week} 嘅 {meeting} 取消 咗 。
        {person} 會唔會 去 {soon} 嘅 {meeting} 呀 ？
        請 通知 {department} 參加 {meeting} 。
        {meeting} 要 準時 到 。
        {meeting} 推遲 到 {date} 。
        會議室 喺 {floor}樓 。
        邊個 負責 今次 嘅 {meeting} 呀 ？
        {person} 主持 {week} 嘅 {meeting} 。
        我哋 傾 下 份 {document} 先 。
        大家 有冇 意見 呀 ？
        大約 有 {n}個 人 參加 {meeting} 。
        {person} {symptom} ， 唔嚟得 {meeting} 。
        """,
    "work": """
        {please} 將 份 {document} 傳 俾 {person} 。
        份 {document} 寫完 未 呀 ？
        {please} 檢查 下 份 {document} 。
        {document} {soon} 之前 交 俾 {department} 。
        {person} 喺 {department} 做嘢 。
        我 {family} 係 {job} 。
        {given} 想 做 {job} 。
        我 喺 {city} 做 {job} 。
        {who} {soon} 要 加班 。
        我 {soon} 放假 ， 要 去 {place} 。
        {person} 去 咗 {city} 出差 。
        {person} {soon} 返工 ， 唔得閒 。
        銷售額 增加 咗 {percent} 。
        今年 嘅 利潤 跌 咗 {percent} 。
        公司 有 {n}個 {job} 。
        佢 人工 有 {thousands}蚊 。
        {person} 升職 ， 大家 都 好 開心 。
        我 {past} 轉 咗 工 。
        份 {document} 要 {person} 簽名 。
        做 {job} {very} 辛苦 。
        {please} 印 {n}份 {document} 。
        {department} 請緊 {job} 。
        {job} 同 {job} 都 要 返 夜班 。
        """,
    "time": """
        而家 幾點 呀 ？
        而家 {moment} 。
        今日 係 {date} ， {week} 。
        {on} 係 {date} 。
        {holiday} 係 幾月 幾號 呀 ？
        {person} 嘅 生日 係 {date} 。
        {given} {year} 出世 。
        我 {year} 喺 {city} 畢業 。
        {who} {moment} 出門 。
        我 {often} {moment} 去 {place} 。
        {place} {moment} 開門 。
        {place} {clock} 閂門 。
        {year} {m}月 ， 我 去 咗 {country} 。
        個 鬧鐘 響 喇 ， 起身 啦 。
        {holiday} 放 幾多 日 假 呀 ？
        時間 過得 真係 快 ！
        仲有 {n}日 就 係 {holiday} 。
        等 {n}分鐘 ， 我 就 嚟 到 。
        {who} {moment} 返 屋企 。
        """,
    "phone": """
        我 睇唔清楚 ， 唔該 再 影 一次 。
        唔該 再講 一次 {phone} 。
        喂 ， 請問 係唔係 {person} 呀 ？
        喂 ， 你 搵 邊位 呀 ？
        我 嘅 電話 號碼 係 {phone} 。
        {person} 嘅 電話 係 {phone} 。
        請 打 {phone} 搵 {person} 。
        我 {soon} 打電話 俾 你 。
        {person} 唔喺度 ， 請 留言 。
        我 聽唔清楚 ， 唔該 再講 一次 。
        唔該 大聲啲 。
        {person} 頭先 打過 電話 俾 你 。
        收得 唔好 ， 我 {soon} 打返 俾 你 。
        你 部 手機 響緊 呀 。
        我 {soon} 覆 {person} 電話 。
        {person} 冇 聽 電話 。
        """,
    "technology": """
        我 部 {device} {fault} 。
        {person} 嘅 {device} {fault} 。
        {device} 同 {device} 都 {fault} 。
        {please} 睇 下 我 部 {device} 。
        {device} {fault} ， 搵 {person} 整 啦 。
        {trouble} ， 點算 呀 ？
        {trouble} ， 幫 我 睇 下 啦 。
        {person} 話 {trouble} 。
        {trouble} ， 我 要 搵 {job} 。
        唔好意思 ， {trouble} 。
        因為 {trouble} ， 我 {very} {sad} 。
        如果 {trouble} ， 請 聯絡 客服 。
        {device} 要 點樣 設定 呀 ？
        請 輸入 密碼 。
        驗證碼 係 {order} 。
        上網 太慢 喇 。
        檔案 下載 咗 {percent} 。
        電池 仲有 {percent} 。
        請 重新 開 部 {device} 。
        {family} 唔識 用 {device} 。
        人工 智能 發展 得 {very} 快 。
        開咗 {room_name} 嘅 {appliance} 佢 。
        熄咗 {room_name} 嘅 {appliance} 啦 。
        {room_name} 嘅 {appliance} 壞 咗 。
        {appliance} {soon} 整唔整得好 呀 ？
        {family} 買 咗 新 {appliance} 。
        將 冷氣 調 到 {degrees}度 。
        播 {given} 嘅 歌 啦 。
        細聲啲 啦 。
        """,
    "transport": """
        請問 {place} 點去 呀 ？
        {place} 喺 邊度 呀 ？
        {place} 就 喺 {place} {near} 。
        呢度 離 {place} 有 幾遠 呀 ？
        一直 行 ， {place} 喺 {near} 。
        喺 {spot} 轉左 。
        去到 {spot} 轉右 ， 行 {tens}米 。
        搭 {vehicle} 去 {place} 要 {n}分鐘 。
        去 {place} 搭 {line}號 巴士 。
        去 {city} 嘅 {vehicle} 幾點 開 呀 ？
        {vehicle} {moment} 到 {city} 。
        {vehicle} 遲 咗 {n}分鐘 。
        由 {district} 去 {district} 搭 {vehicle} 要 幾耐 呀 ？
        一張 去 {city} 嘅 飛 幾多 錢 呀 ？
        去 {city} 嘅 機票 {thousands}蚊 。
        我 {often} 搭 {vehicle} 返工 。
        唔該 ， {spot} 有落 。
        前面 塞車 呀 。
        我 喺 {place} {near} 等 你 。
        請 扣好 安全帶 。
        司機 ， 唔該 去 {district} {place} 。
        {district} 站 到 喇 ， 落車 啦 。
        {family} 住 喺 {district} 。
        {district} 有冇 {place} 呀 ？
        {district} 嘅 {dish} {very} 好食 。
        {person} 喺 {district} 返工 。
        小心 車門 。
        過 咗 條 橋 就 係 {place} 。
        """,
    "food": """
        {snack} 同 {snack} 都 好 {taste} 。
        {family} 買 咗 {snack} 同 {fruit} 。
        {who} 食 咗 好 多 {snack} 。
        你 想 食 咩 呀 ？
        伙記 ， 唔該 落單 ！
        我 要 一份 {dish} 。
        一份 {dish} 同 一杯 {drink} ， 唔該 。
        唔該 俾 杯 {drink} 我 。
        兩杯 {drink} ， 唔該 。
        {dish} {very} 好食 。
        啲 {dish} 太 {taste} 喇 。
        {snack} 有啲 {taste} 。
        {person} 鍾意 食 {taste} 嘅 嘢 。
        {who} 唔食 {vegetable} 。
        {vegetable} 同 {vegetable} 我 都 鍾意 。
        {who} 最 鍾意 食 {dish} 。
        {city} 嘅 {dish} 好 出名 。
        {who} {often} 飲 {drink} 。
        {meal} 食 咩 好 呀 ？
        {meal} 我哋 食 {dish} 啦 。
        {meal} 食 {snack} ， 飲 {drink} 。
        埋單 ， 唔該 。
        {dish} {tens}蚊 ， {drink} {line}蚊 。
        我 想 訂位 ， {on} {moment} ， {line}位 。
        你 識唔識 整 {dish} 呀 ？
        {fruit} {taste} 過 {fruit} 。
        {fruit} 蛋糕 同 {drink} ， 拎走 。
        我 食飽 喇 。
        {person} ， 食飽 未 呀 ？
        唔該 俾 對 筷子 我 。
        {vegetable} 炒 肉 {very} {taste} 。
        我 肚餓 ， 有冇 {snack} 呀 ？
        慢慢食 ， 小心 熱 。
        今晚 煲湯 ， 用 {vegetable} 同 {vegetable} 。
        去 飲茶 ， 食 {dish} 同 {dish} 。
        {person} 請 我 食 {dish} 。
        """,
    "health": """
        {family} 要 {cure} 先得 。
        {symptom} 唔好 {hobby} 。
        你 邊度 唔舒服 呀 ？
        我 {body} 痛 。
        我 {body} 痛 咗 {line}日 。
        {family} {past} {body} 痛 。
        {body} 同 {body} 都 痛 。
        {who} {past} {symptom} 。
        我 {symptom} ， 要 去 醫院 。
        {person} {symptom} ， {body} 又 痛 。
        {symptom} 點算 呀 ？
        {family} {symptom} ， 我 好 擔心 。
        醫生 叫 我 {cure} 。
        你 要 {cure} 呀 。
        {family} 要 {cure} ， 唔使 擔心 。
        {symptom} 就 要 {cure} 。
        {body} 痛 就 要 {cure} 。
        {cure} 之後 ， 好返 好多 。
        我 {body} 受咗傷 。
        {hobby} 對 {body} 好 。
        診金 係 {price}蚊 。
        呢隻 藥 一日 食 三次 。
        {on} {half} {surname} 醫生 得唔得閒 呀 ？
        {family} 入 咗 院 ， 我 {very} {sad} 。
        你 對 {fruit} 敏唔敏感 呀 ？
        食 {vegetable} 對 {body} 好 。
        祝 你 早日 康復 。
        救命 呀 ， 快啲 叫 救護車 ！
        {family} 做 咗 手術 ， {soon} 出院 。
        深 呼吸 ， 放鬆 。
        """,
    "family": """
        你 屋企 有 幾多 人 呀 ？
        我 {family} 今年 {age}歲 。
        {person} 嘅 {family} {age}歲 喇 。
        {family} 喺 {room_name} {chore} 。
        {family} {chore} ， 我 {chore} 。
        邊個 喺 {room_name} {chore} 呀 ？
        {soon} 輪到 你 {chore} 喇 。
        {who} {often} {chore} 。
        我 {family} {very} {character} 。
        {family} {very} {character} ， 不過 有啲 {flaw} 。
        {family} 講 故仔 俾 我 聽 。
        {room_name} 有 {furniture} 同 {furniture} 。
        將 {furniture} 搬 去 {room_name} 。
        {furniture} 放 喺 {room_name} 。
        我 屋企 養 咗 隻 {pet} 。
        {family} 隻 {pet} 喺 {room_name} 瞓覺 。
        隻 {pet} 肚餓 ， 喺 {room_name} 叫 。
        {pet} 得意 過 {pet} 。
        {family} 唔俾 我 養 {pet} 。
        我 掛住 {family} 呀 。
        {family} 同 {family} 去 咗 {place} 。
        {given} 結婚 ， 祝 佢哋 幸福 ！
        {given} 嘅 {family} 係 {job} 。
        {chore} 之後 ， 我哋 去 {hobby} 。
        租金 每個月 {thousands}蚊 。
        蘇蝦仔 識 行 喇 ！
        """,
    "hobby": """
        你 有 咩 嗜好 呀 ？
        {who} 鍾意 {hobby} 。
        {who} {often} {hobby} 。
        {soon} 一齊 去 {hobby} 啦 。
        我 {family} 教 我 {hobby} 。
        {person} {past} 開始 學 {hobby} 。
        {hobby} 令 我 {very} {feeling} 。
        {hobby} 同 {hobby} 都 {very} 好玩 。
        {hobby} 有啲 難 。
        我 冇 時間 {hobby} 。
        {on} {moment} 去 {hobby} 。
        {soon} 去 睇 {show} 啦 。
        呢個 {show} {very} 精彩 。
        {show} 令 {who} {very} {feeling} 。
        {show} 啲 飛 賣晒 喇 。
        {on} {half} 有 {sport_event} 。
        {given} 喺 {sport_event} {result} 。
        我哋 隊 {result} ！
        {given} {result} ， 大家 {very} {glad} 。
        {sport_event} 邊個 贏 呀 ？
        {person} 想 參加 {sport_event} 。
        你 有冇 睇 {sport_event} 呀 ？
        {given} 識 {hobby} ， 又 識 {hobby} 。
        {given} 種 咗 {flower} 同 {vegetable} 。
        {flower} {very} 香 。
        {show} 同 {show} ， 你 揀 邊個 呀 ？
        """,
    "travel": """
        我 想 去 {country} 旅行 。
        {who} {past} 去 咗 {country} 。
        {holiday} 我哋 去 {country} 玩 。
        {holiday} 去 {scenery} 好 多 人 。
        {scenery} 嘅 風景 {very} 靚 。
        {season} 去 {scenery} 最 好 。
        你 有冇 去過 {scenery} 呀 ？
        {scenery} 離 {city} 遠唔遠 呀 ？
        我哋 喺 {scenery} 影 咗 {n}張 相 。
        酒店 一晚 {price}蚊 ， 包 {meal} 。
        我 間 房 係 {room} 。
        請 出示 護照 。
        行李 超重 {line}公斤 。
        {country} 嘅 {season} {very} {climate} 。
        {country} 人 {very} {character} 。
        {given} 喺 {country} 讀 {subject} 。
        動物園 有 {animal} 同 {animal} 。
        你 有冇 見過 {animal} 呀 ？
        {animal} {very} 得意 。
        嘩 ， 嗰邊 有 {animal} 呀 ！
        嘩 ， 啲 {nature} 好 靚 呀 ！
        我 影 咗 {nature} 同 {nature} 。
        細路仔 驚 {animal} 。
        {scenery} 有 {nature} 同 {nature} 。
        我 畫 咗 {nature} 同 {animal} 。
        {nature} 隔籬 有 {animal} 。
        {city} 嘅 {nature} {very} 靚 。
        {country} 有冇 {animal} 㗎 ？
        {country} 嘅 {scenery} 好 出名 。
        {who} 喺 {country} 返嚟 喇 。
        """,
    "school": """
        {given} 嘅 {subject} 成績 {very} 好 。
        我 最 鍾意 {subject} 堂 。
        {subject} 考試 係 {week} {half} 。
        {subject} 考 咗 {tens}分 。
        {person} 教 我哋 {subject} 。
        {subject} {subject_thing} 寫完 未 呀 ？
        {subject} 堂 {moment} 開始 。
        我 唔記得 帶 {study_thing} 。
        {study_thing} 放 咗 喺 書包 。
        {subject} {subject_thing} 借 嚟 睇 下 。
        {please} 將 {study_thing} 俾 {given} 。
        我哋 班 有 {n}個 學生 。
        {given} 唔見 咗 {study_thing} 。
        {subject} 難 過 {subject} 。
        {given} {clock} 返 學校 。
        {given} 考到 {city} 嘅 大學 。
        請 揭 去 第 {n}頁 。
        靜啲 ， 上堂 喇 。
        {person} ， 靜啲 啦 。
        {given} {very} {character} ， 大家 都 鍾意 佢 。
        {person} 睇緊 {subject} {subject_thing} 。
        {subject} {subject_thing} {very} 難 。
        記得 交 {subject} {subject_thing} 。
        老師 讚 {given} 。
        我 {soon} 要 考 {subject} ， {very} {sad} 。
        我 買 咗 {study_thing} 同 {study_thing} 。
        {given} 嘅 {study_thing} 係 {colour} 嘅 。
        """,
    "feeling": """
        {who} {past} {very} {feeling} 。
        你 做咩 咁 {sad} 呀 ？
        唔好 {sad} ， 有 我 喺度 。
        聽到 呢個 消息 ， {who} {very} {feeling} 。
        {person} 係 一個 {character} 嘅 人 。
        {friend} 話 我 {very} {character} 。
        我 個 {friend} {very} {character} 。
        {friend} {soon} 嚟 我 屋企 。
        我 同 {friend} 去 {place} 。
        {friend} 送 {flower} 俾 我 ， 我 {very} {glad} 。
        {friend} 借 咗 我 {price}蚊 。
        加油 ， 你 一定 得 ！
        真係 㗎 ？
        好嘢 ！
        唔使 急 ， 慢慢 嚟 。
        {person} ， 唔使 急 。
        {person} 有啲 {flaw} ， 不過 {very} {character} 。
        {friend} 又 {flaw} 又 {flaw} 。
        唔好 咁 {flaw} 啦 ！
        你 唔好 咁 {flaw} ， {person} 。
        我 同意 {person} 嘅 睇法 。
        我 覺得 {friend} 有啲 {flaw} 。
        估唔到 {friend} 咁 {character} ！
        我 有啲 {sad} 。
        {person} 有啲 {sad} 。
        我 真係 好 {glad} 。
        {who} 今日 唔 {glad} 。
        """,
}

GRAMMAR = Grammar("yue", TOPICS, SLOTS)


def sentence(rng: random.Random) -> Sentence:
    return GRAMMAR.sentence(rng)
