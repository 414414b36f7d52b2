"""Everyday Mandarin in simplified characters, with digits for times, dates, prices, ages, percentages and telephone numbers."""

from __future__ import annotations

import random

from training.demo.sentence import Piece, Sentence
from training.demo.sentences.grammar import Draw, Grammar

DIGITS = "零一二三四五六七八九"
PARTS_OF_DAY: list[tuple[str, range]] = [
    ("早上", range(6, 10)),
    ("上午", range(8, 12)),
    ("中午", range(12, 13)),
    ("下午", range(1, 7)),
    ("晚上", range(7, 12)),
]


def numeral(n: int, two: str = "两") -> str:
    """0 to 9999 in characters; `two` is said before hundreds and thousands. 128 is 一百二十八, 10 to 19 drop their first 一."""
    said = "".join(_places(n, two)) or DIGITS[0]
    return said.removeprefix("一") if 10 <= n < 20 else said


def digits(number: str) -> str:
    """Read one by one, as telephone numbers and years are."""
    return "".join(DIGITS[int(digit)] for digit in number)


def numbers(least: int, most: int, step: int = 1, two: str = "两") -> Draw:
    """Draws a count: 25, said 二十五."""

    def draw(rng: random.Random) -> list[Piece]:
        n = rng.randrange(least, most + 1, step)
        return [_number(str(n), numeral(n, two))]

    return draw


def strings_of_digits(*starts: str, length: int) -> Draw:
    """Draws a number that is read digit by digit, of `length` digits in all."""

    def draw(rng: random.Random) -> list[Piece]:
        start = rng.choice(starts)
        number = start + "".join(rng.choices("0123456789", k=length - len(start)))
        return [_number(number, digits(number))]

    return draw


def dates(day: str) -> Draw:
    """Draws a month and a day, which is called 号 in Mandarin and 號 in Cantonese."""

    def draw(rng: random.Random) -> list[Piece]:
        month, date = rng.randint(1, 12), rng.randint(1, 28)
        return [_number(f"{month}月{date}{day}", f"{numeral(month)}月{numeral(date)}{day}")]

    return draw


def percentage(rng: random.Random) -> list[Piece]:
    percent = rng.choice([5, 8, *range(10, 100, 5)])
    return [_number(f"{percent}%", f"百分之{numeral(percent)}")]


def _places(n: int, two: str) -> list[str]:
    said: list[str] = []
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, n = divmod(n, unit)
        if digit:
            said.append((two if digit == 2 and unit >= 100 else DIGITS[digit]) + name)
        elif said and said[-1] != DIGITS[0] and n:
            said.append(DIGITS[0])
    return said


def _number(written: str, said: str) -> Piece:
    return Piece(written, said, said)


def _clock(rng: random.Random) -> list[Piece]:
    return [_time(rng.randint(1, 12), rng)]


def _moment(rng: random.Random) -> list[Piece]:
    part, hours = rng.choice(PARTS_OF_DAY)
    return [Piece.plain(part), _time(rng.choice(hours), rng)]


def _time(hour: int, rng: random.Random) -> Piece:
    minutes, said = rng.choice([("", ""), ("", ""), ("半", "半"), ("15分", "十五分"), ("20分", "二十分"), ("45分", "四十五分")])
    return _number(f"{hour}点{minutes}", f"{'两' if hour == 2 else numeral(hour)}点{said}")


def _year(rng: random.Random) -> list[Piece]:
    year = str(rng.randint(1985, 2026))
    return [_number(f"{year}年", f"{digits(year)}年")]


SLOTS: dict[str, str | Draw] = {
    # numbers
    "clock": _clock,
    "moment": _moment,
    "date": dates("号"),
    "year": _year,
    "percent": percentage,
    "n": numbers(11, 60),
    "age": numbers(11, 70),
    "tens": numbers(10, 90, 5),
    "degrees": numbers(11, 38),
    "fever": numbers(36, 40),
    "price": numbers(12, 999),
    "thousands": numbers(1100, 9900, 100),
    "floor": numbers(3, 28),
    "line": numbers(3, 16),
    "room": strings_of_digits("2", "3", "5", "6", "8", length=3),
    "order": strings_of_digits("1", "3", "4", "7", "9", length=6),
    "phone": strings_of_digits("136", "138", "139", "150", "158", "186", "189", length=11),
    "month": "{m}月",
    "m": numbers(1, 12),
    # time
    "half": "上午 ; 下午 ; 早上 ; 晚上 ; 中午",
    "day": "今天 ; 明天 ; 后天 ; 昨天 ; 前天",
    "soon": "今天 ; 明天 ; 后天 ; 今晚 ; 周末 ; 下个月 ; 下周 ; {week}",
    "past": "昨天 ; 前天 ; 上个月 ; 上周 ; 去年 ; 最近",
    "week": "星期一 ; 星期二 ; 星期三 ; 星期四 ; 星期五 ; 星期六 ; 星期天 ; 周五 ; 周六 ; 周日",
    "often": "经常 ; 每天 ; 偶尔 ; 总是 ; 很少 ; 有时候 ; 几乎 每天",
    "season": "春天 ; 夏天 ; 秋天 ; 冬天",
    "holiday": "春节 ; 国庆节 ; 中秋节 ; 圣诞节 ; 暑假 ; 寒假 ; 元旦 ; 端午节 ; 情人节",
    # people
    "surname": "王 ; 李 ; 张 ; 刘 ; 陈 ; 杨 ; 赵 ; 黄 ; 周 ; 吴 ; 徐 ; 孙 ; 马 ; 朱 ; 胡 ; 林 ; 郭 ; 何 ; 高 ; 罗 ; 郑 ; 梁 ; 谢 ; 宋 ; 唐 ; 许",
    "title": "先生 ; 女士 ; 老师 ; 经理 ; 医生 ; 小姐 ; 主任 ; 教授 ; 律师 ; 师傅",
    "given": "小明 ; 小红 ; 建国 ; 丽丽 ; 志强 ; 美玲 ; 晓燕 ; 文静 ; 海涛 ; 雨欣 ; 子轩 ; 佳怡 ; 俊杰 ; 婷婷 ; 浩然 ; 雪梅",
    "person": "{surname} {title} ; {surname} {title} ; {given} ; 小 {surname} ; 老 {surname}",
    "family": "爸爸 ; 妈妈 ; 爷爷 ; 奶奶 ; 哥哥 ; 姐姐 ; 弟弟 ; 妹妹 ; 儿子 ; 女儿 ; 丈夫 ; 妻子 ; 叔叔 ; 阿姨 ; 外婆 ; 舅舅 ; 孙子",
    "who": "我 ; 你 ; 他 ; 她 ; 我们 ; 他们 ; 大家 ; 我 {family} ; {person}",
    "friend": "朋友 ; 同事 ; 同学 ; 邻居 ; 老板 ; 客户 ; 室友 ; 队友 ; 亲戚",
    "job": "工程师 ; 护士 ; 警察 ; 司机 ; 厨师 ; 会计 ; 律师 ; 演员 ; 歌手 ; 记者 ; 秘书 ; 设计师 ; 程序员 ; 作家 ; 画家 ; 军人 ; 导游 ; 理发师",
    # places
    "city": "北京 ; 上海 ; 广州 ; 深圳 ; 成都 ; 杭州 ; 南京 ; 武汉 ; 西安 ; 重庆 ; 天津 ; 苏州 ; 青岛 ; 香港 ; 台北 ; 厦门 ; 昆明 ; 长沙 ; 大连 ; 桂林",
    "country": "美国 ; 英国 ; 法国 ; 德国 ; 日本 ; 韩国 ; 泰国 ; 加拿大 ; 意大利 ; 俄罗斯 ; 印度 ; 澳大利亚 ; 巴西 ; 埃及 ; 瑞士 ; 西班牙",
    "place": "火车站 ; 地铁站 ; 机场 ; 医院 ; 银行 ; 超市 ; 图书馆 ; 博物馆 ; 邮局 ; 公园 ; 酒店 ; 商场 ; 体育馆 ; 电影院 ; 动物园 ; 药店 ; 停车场 ; 加油站 ; 菜市场 ; 警察局",
    "spot": "前面 ; 路口 ; 拐角 ; 红绿灯 ; 十字路口 ; 天桥 ; 银行 门口 ; 学校 门口",
    "scenery": "长城 ; 故宫 ; 黄山 ; 西湖 ; 海边 ; 草原 ; 沙漠 ; 瀑布 ; 古镇 ; 森林 ; 寺庙 ; 岛上 ; 温泉 ; 雪山",
    "room_name": "客厅 ; 厨房 ; 卧室 ; 阳台 ; 书房 ; 浴室 ; 院子 ; 车库",
    "vehicle": "地铁 ; 公交车 ; 出租车 ; 火车 ; 高铁 ; 飞机 ; 轮船 ; 大巴",
    # weather
    "weather": "小雨 ; 大雨 ; 暴雨 ; 大雪 ; 大风 ; 大雾 ; 雷阵雨 ; 冰雹 ; 沙尘暴",
    "climate": "热 ; 冷 ; 干燥 ; 凉快 ; 暖和 ; 闷热 ; 舒服 ; 寒冷",
    "rain_gear": "雨伞 ; 外套 ; 围巾 ; 手套 ; 帽子 ; 雨衣 ; 毛衣 ; 口罩 ; 钥匙 ; 钱包 ; 身份证",
    # goods
    "clothes": "衬衫 ; 裙子 ; 裤子 ; 外套 ; 毛衣 ; 帽子 ; 袜子 ; 皮鞋 ; 西装 ; 围巾 ; 领带 ; 牛仔裤 ; 羽绒服 ; 睡衣",
    "colour": "红色 ; 蓝色 ; 白色 ; 黑色 ; 绿色 ; 黄色 ; 灰色 ; 紫色 ; 粉色 ; 棕色",
    "goods": "手机 ; 电脑 ; 耳机 ; 手表 ; 相机 ; 书包 ; 眼镜 ; 项链 ; 玩具 ; 自行车 ; 洗衣机 ; 冰箱 ; 空调 ; 电视 ; 打印机 ; 吹风机 ; 充电器 ; 键盘",
    "furniture": "沙发 ; 桌子 ; 椅子 ; 床 ; 柜子 ; 书架 ; 窗帘 ; 地毯 ; 台灯 ; 镜子 ; 枕头 ; 被子",
    "trait": "便宜 ; 漂亮 ; 结实 ; 流行 ; 轻便 ; 时尚 ; 实用 ; 贵 ; 大 ; 小",
    "device": "手机 ; 电脑 ; 耳机 ; 手表 ; 相机 ; 电视 ; 打印机 ; 平板 电脑 ; 音箱 ; 路由器 ; 闹钟",
    "fault": "坏 了 ; 没 电 了 ; 打不开 ; 死机 了 ; 出 问题 了 ; 需要 更新 ; 反应 很 慢 ; 连不上 网 ; 丢 了 ; 碎 了 ; 没有 声音",
    "defect": "颜色 不对 ; 破 了 ; 少 了 零件 ; 有 质量 问题 ; 是 假 的 ; 坏 了 ; 型号 不对",
    # food
    "dish": "北京 烤鸭 ; 麻婆 豆腐 ; 宫保 鸡丁 ; 番茄 炒蛋 ; 红烧肉 ; 糖醋 排骨 ; 清蒸 鱼 ; 酸辣汤 ; 牛肉面 ; 火锅 ; 饺子 ; 包子 ; 炒饭 ; 小笼包 ; 春卷 ; 羊肉串 ; 青椒 土豆丝 ; 煎饼",
    "fruit": "苹果 ; 香蕉 ; 葡萄 ; 西瓜 ; 橙子 ; 草莓 ; 桃子 ; 梨 ; 芒果 ; 樱桃 ; 柠檬 ; 菠萝",
    "vegetable": "白菜 ; 土豆 ; 胡萝卜 ; 黄瓜 ; 茄子 ; 菠菜 ; 洋葱 ; 蘑菇 ; 南瓜 ; 玉米 ; 豆腐 ; 辣椒",
    "drink": "咖啡 ; 绿茶 ; 红茶 ; 牛奶 ; 果汁 ; 啤酒 ; 可乐 ; 豆浆 ; 矿泉水 ; 热水 ; 柠檬水 ; 葡萄酒",
    "taste": "甜 ; 咸 ; 辣 ; 酸 ; 苦 ; 淡 ; 油腻 ; 香 ; 鲜",
    "snack": "面包 ; 蛋糕 ; 饼干 ; 巧克力 ; 冰淇淋 ; 薯条 ; 糖果 ; 花生 ; 月饼 ; 粽子",
    "meal": "早饭 ; 午饭 ; 晚饭 ; 夜宵",
    # health
    "body": "头 ; 肚子 ; 嗓子 ; 牙 ; 腰 ; 膝盖 ; 肩膀 ; 胃 ; 眼睛 ; 耳朵 ; 脖子 ; 脚 ; 手臂 ; 背",
    "symptom": "发烧 ; 咳嗽 ; 头晕 ; 流鼻涕 ; 失眠 ; 恶心 ; 过敏 ; 没有 胃口 ; 感冒 ; 打喷嚏 ; 拉肚子 ; 呼吸 困难",
    "cure": "多 喝水 ; 好好 休息 ; 按时 吃药 ; 少 吃 辣 的 ; 早点 睡觉 ; 多 运动 ; 戒烟 ; 少 喝酒 ; 量 体温 ; 打针 ; 验血 ; 住院",
    # hobbies, school, work
    "hobby": "跑步 ; 游泳 ; 唱歌 ; 跳舞 ; 画画 ; 钓鱼 ; 爬山 ; 看书 ; 下棋 ; 摄影 ; 做饭 ; 旅游 ; 打 篮球 ; 踢 足球 ; 打 羽毛球 ; 弹 钢琴 ; 拉 小提琴 ; 骑 自行车 ; 练 瑜伽 ; 滑雪 ; 打 太极拳 ; 吹 笛子",
    "show": "电影 ; 音乐会 ; 话剧 ; 比赛 ; 展览 ; 京剧 ; 演唱会 ; 马戏 ; 新闻 ; 动画片 ; 电视剧",
    "subject": "数学 ; 英语 ; 语文 ; 历史 ; 地理 ; 物理 ; 化学 ; 生物 ; 音乐 ; 美术 ; 体育 ; 政治 ; 哲学 ; 经济学",
    "study_thing": "课本 ; 词典 ; 铅笔 ; 橡皮 ; 练习册 ; 尺子 ; 笔记本 ; 钢笔 ; 学生证 ; 字典",
    "document": "报告 ; 合同 ; 方案 ; 邮件 ; 预算 ; 名单 ; 发票 ; 计划书 ; 简历 ; 申请表 ; 会议 记录",
    "department": "财务部 ; 销售部 ; 人事部 ; 技术部 ; 市场部 ; 客服部 ; 仓库 ; 总公司 ; 工厂",
    "meeting": "会议 ; 面试 ; 培训 ; 讨论 ; 谈判 ; 报名 ; 活动 ; 聚会 ; 婚礼 ; 讲座",
    "chore": "洗碗 ; 扫地 ; 洗 衣服 ; 倒 垃圾 ; 擦 窗户 ; 浇花 ; 遛狗 ; 喂猫 ; 收拾 房间 ; 修 灯泡 ; 熨 衬衫 ; 拖地",
    "pet": "狗 ; 猫 ; 兔子 ; 小鸟 ; 鹦鹉 ; 乌龟 ; 仓鼠 ; 鸽子",
    "animal": "熊猫 ; 老虎 ; 狮子 ; 大象 ; 猴子 ; 长颈鹿 ; 蛇 ; 狐狸 ; 企鹅 ; 海豚 ; 骆驼 ; 蝴蝶 ; 鳄鱼 ; 狼",
    "nature": "树 ; 花 ; 河 ; 湖 ; 桥 ; 塔 ; 竹林 ; 池塘 ; 山坡 ; 田野 ; 星星 ; 月亮 ; 太阳 ; 彩虹",
    "feeling": "{glad} ; {sad} ; {sad}",
    "character": "聪明 ; 善良 ; 勤奋 ; 幽默 ; 热情 ; 诚实 ; 勇敢 ; 耐心 ; 活泼 ; 温柔 ; 谦虚 ; 礼貌 ; 坚强",
    "very": "很 ; 非常 ; 特别 ; 真 ; 十分 ; 相当",
    "much": "很 ; 非常 ; 特别 ; 比较 ; 十分",
    "service": "退款 ; 退货 ; 换货 ; 保修 ; 赔偿 ; 维修",
    "flower": "玫瑰 ; 百合 ; 菊花 ; 荷花 ; 牡丹 ; 兰花 ; 向日葵 ; 茉莉",
    "sport_event": "篮球 比赛 ; 足球 比赛 ; 马拉松 ; 奥运会 ; 世界杯 ; 网球 比赛 ; 乒乓球 比赛 ; 游泳 比赛",
    "on": "今天 ; 明天 ; 后天 ; {week} ; {week}",
    "act": "取消 订单 ; 修改 地址 ; 查询 余额 ; 办理 退款 ; 申请 换货 ; 注册 账号 ; 重置 密码 ; 开通 会员 ; 预约 维修 ; 咨询 价格 ; 充值 话费",
    "whom": "你 ; 大家 ; {person} ; {person} ; 您 全家",
    "sky": "晴天 ; 阴天 ; 多云 ; 下雨天",
    "wet": "在 下雨 ; 在 下雪 ; 很 冷 ; 风 很 大 ; 雨 很 大 ; 有点 凉",
    "please": "请 ; 麻烦 你 ; 请 你 ; 麻烦 您",
    "clothes_one": "件 衬衫 ; 条 裙子 ; 条 裤子 ; 件 外套 ; 件 毛衣 ; 顶 帽子 ; 双 袜子 ; 双 皮鞋 ; 套 西装 ; 条 围巾 ; 条 领带 ; 条 牛仔裤 ; 件 羽绒服 ; 套 睡衣 ; 副 手套",
    "goods_one": "部 手机 ; 台 电脑 ; 副 耳机 ; 块 手表 ; 台 相机 ; 个 书包 ; 副 眼镜 ; 条 项链 ; 台 洗衣机 ; 台 冰箱 ; 台 空调 ; 台 电视 ; 台 打印机 ; 张 沙发 ; 张 桌子 ; 把 椅子 ; 把 雨伞 ; 张 地毯",
    "trouble": "网络 连不上 ; 软件 打不开 ; 账号 被 锁 了 ; 密码 忘 了 ; 屏幕 碎 了 ; 鼠标 失灵 了 ; 摄像头 坏 了 ; 键盘 进水 了 ; 系统 需要 更新 ; 电池 充 不 进 电 ; 内存 不够 ; 文件 不见 了 ; 邮箱 满 了",
    "appliance": "空调 ; 电视 ; 台灯 ; 音响 ; 暖气 ; 风扇 ; 窗帘 ; 吸尘器 ; 加湿器",
    "clothes_defect": "掉色 ; 破 了 ; 颜色 不对 ; 太 大 了 ; 太 小 了 ; 起球 了",
    "paper": "优惠券 ; 会员卡 ; 发票 ; 账单 ; 信用卡 ; 包裹 ; 保险",
    "glad": "高兴 ; 激动 ; 满意 ; 幸福 ; 感动 ; 骄傲 ; 开心 ; 放心 ; 兴奋 ; 自豪",
    "sad": "难过 ; 生气 ; 紧张 ; 累 ; 无聊 ; 失望 ; 害怕 ; 惊讶 ; 孤独 ; 后悔 ; 担心 ; 烦恼 ; 伤心 ; 疲惫 ; 着急",
    "flaw": "懒 ; 粗心 ; 固执 ; 害羞 ; 小气 ; 笨 ; 啰嗦",
    "subject_thing": "课本 ; 作业 ; 笔记 ; 练习册 ; 论文 ; 试卷",
    "near": "门口 ; 楼下 ; 对面 ; 旁边 ; 附近 ; 前面 ; 后面 ; 左边 ; 右边 ; 隔壁",
    "result": "赢 了 ; 输 了 ; 得 了 冠军 ; 进步 了 ; 失败 了 ; 破 了 纪录",
}

TOPICS = {
    "greeting": """
        万事 如意 ， {person} ！
        恭喜 你 ， {person} ！
        打扰 一下 ， {place} 在 哪里 ？
        你好 。
        您好 ！
        你好 ， 请问 有 什么 可以 帮 您 ？
        早上 好 ！
        晚上 好 ， {person} 。
        {person} ， 早上 好 。
        {person} ， 好久 不见 ！
        很 高兴 认识 你 ， {person} 。
        你 叫 什么 名字 ？
        我 叫 {given} ， 来自 {city} 。
        我 姓 {surname} ， 是 {job} 。
        你 最近 怎么样 ？
        最近 忙 吗 ？
        谢谢 你 ！
        多谢 {person} 的 帮助 。
        不客气 。
        没关系 。
        对不起 ， 我 迟到 了 。
        不好意思 ， 打扰 了 。
        再见 ， {person} 。
        {soon} 见 ！
        {on} {half} 见 ， {person} 。
        祝 你 生日 快乐 ！
        祝 {whom} {holiday} 快乐 ！
        {holiday} 快乐 ， {person} ！
        新年 快乐 ， 恭喜 发财 ！
        欢迎 你 来 {city} 。
        请 代 我 向 {person} 问好 。
        好 的 ， 没 问题 。
        是 的 。
        我 不 知道 。
        晚安 ， 做 个 好梦 。
        一路 平安 ！
        身体 健康 ， 万事 如意 ！
        干杯 ！
        祝贺 你 ， {person} ！
        """,
    "weather": """
        {city} {day} 是 {sky} ， {much} {climate} 。
        今天 天气 真 好 。
        今天 天气 怎么样 ？
        {city} {soon} 的 天气 怎么样 ？
        {soon} {city} 会 下雨 吗 ？
        {nature} 和 {nature} 都 {very} 美 。
        {city} {soon} 是 {sky} 。
        {day} 是 {sky} 吗 ？
        出门 带 上 {rain_gear} 和 {rain_gear} 。
        {on} {half} 有 {weather} 。
        {city} {soon} 有 {weather} ， 气温 {degrees}度 。
        最高 气温 {degrees}度 。
        最低 温度 零下 {line}度 。
        {city} 的 {season} {very} {climate} 。
        我 喜欢 {city} 的 {season} 。
        外面 {wet} ， 记得 带 {rain_gear} 。
        出门 别 忘 了 带 {rain_gear} 。
        今天 比 昨天 {climate} 多 了 。
        {city} 比 {city} {climate} 。
        {soon} 有 台风 ， 别 出门 。
        {city} 的 空气 {much} 新鲜 。
        雨 停 了 ， 天空 有 彩虹 。
        降雨 概率 是 {percent} 。
        天气 预报 说 {soon} 有 {weather} 。
        这里 的 {season} 会 有 {weather} 吗 ？
        {season} 到 了 ， {flower} 开 了 。
        湿度 是 {percent} 。
        """,
    "shopping": """
        我 喜欢 {colour} ， 不 喜欢 {colour} 。
        {colour} 的 {furniture} {very} {trait} 。
        {family} 穿 着 {colour} 的 {clothes} 。
        {person} 丢 了 一 {goods_one} 。
        这 {clothes_one} 是 {family} 的 。
        这 {goods_one} 有 保修 吗 ？
        我 忘 了 带 {rain_gear} ， 怎么 办 ？
        这个 多少 钱 ？
        这 {clothes_one} 多少 钱 ？
        这 {clothes_one} {price}块 。
        那 {goods_one} 要 {thousands}块 。
        太 贵 了 ， 便宜 一点 吧 。
        我 想 买 {colour} 的 {clothes} 。
        我 想 买 一 {goods_one} 。
        这个 {goods} {very} {trait} 。
        有 没有 {colour} 的 {goods} ？
        这 种 {furniture} {much} {trait} 。
        {furniture} 打 八折 ， 只要 {price}块 。
        {clothes} 可以 试穿 吗 ？
        这 {clothes_one} 有点 大 ， 有 小 号 吗 ？
        一共 {price}块 ， 您 怎么 付 ？
        可以 刷卡 吗 ？
        我 用 现金 付款 。
        请 给 我 一个 袋子 。
        {fruit} 多少 钱 一斤 ？
        {fruit} {line}块 一斤 ， {vegetable} 很 便宜 。
        给 我 来 两斤 {fruit} 。
        {fruit} 和 {vegetable} 都 很 新鲜 。
        超市 的 {snack} 在 打折 。
        {family} {past} 买 了 一 {goods_one} 。
        这 {goods_one} 比 那 {goods_one} 贵 。
        那 {clothes_one} {very} {trait} 。
        商店 几点 关门 ？
        我 {past} 买 了 {colour} 的 {furniture} 。
        {family} 送 我 一 {clothes_one} 。
        这 束 {flower} 多少 钱 ？
        我 给 {family} 买 了 {flower} 和 {snack} 。
        降价 {percent} ， 欢迎 选购 。
        """,
    "service": """
        我 {past} 在 网上 {act} 了 。
        {act} 需要 {n}分钟 。
        {person} 想 {act} 。
        您 想 {act} 还是 {act} ？
        {soon} 我 要 去 {act} 。
        您 的 订单 {soon} 发货 ， 请 放心 。
        我 要 投诉 。
        我 要 投诉 你们 的 {department} 。
        我 要 退款 。
        我 想 {act} 。
        请问 怎么 {act} ？
        请 帮 我 {act} ， 谢谢 。
        您 可以 在 网上 {act} 。
        我 的 订单号 是 {order} 。
        订单 {order} 什么 时候 发货 ？
        请 提供 您 的 订单号 。
        您 的 {service} 申请 已经 处理 好 了 。
        关于 {service} ， 请 联系 {department} 。
        我 收到 的 {goods} {defect} 。
        你们 的 {goods} {defect} ， 我 要 {service} 。
        新 买 的 {furniture} {defect} 。
        这 {clothes_one} {clothes_defect} ， 我 想 退货 。
        非常 抱歉 ， 给 您 带来 不便 。
        感谢 您 的 来电 。
        请 稍等 ， 我 帮 您 查 一下 。
        请 您 对 我 的 服务 打分 。
        退款 {price}块 已经 到账 。
        快递 {soon} 能 送到 吗 ？
        快递员 把 包裹 放 在 {near} 了 。
        我 对 这次 {service} {much} 不 满意 。
        您 还 有 其他 问题 吗 ？
        我们 会 在 {n}小时 内 回复 您 。
        请 让 你们 的 {title} 接 电话 。
        {surname} {title} ， 您 的 {paper} 办 好 了 。
        我 的 {paper} 丢 了 ， 怎么 办 ？
        您 的 {paper} 放 在 {near} 了 。
        {paper} 的 问题 ， 请 问 {department} 。
        我 买 的 {clothes} {clothes_defect} 。
        {department} 对 我 的 投诉 没有 答复  。
        人工 服务 请 按 零 。
        质量 太 差 了 ， 我 不 接受 ！
        """,
    "meeting": """
        开会 时间 改 到 {moment} 。
        {meeting} 改 到 {week} {half} 。
        {on} {moment} 开会 。
        {meeting} 几点 开始 ？
        {meeting} 在 {room}房间 举行 。
        {week} 的 {meeting} 取消 了 。
        {person} 会 参加 {soon} 的 {meeting} 吗 ？
        请 通知 {department} 参加 {meeting} 。
        请 准时 参加 {meeting} 。
        {meeting} 推迟 到 {date} 。
        会议室 在 {floor}楼 。
        谁 负责 这次 {meeting} ？
        {person} 主持 {week} 的 {meeting} 。
        我们 先 讨论 {document} 。
        大家 还 有 什么 意见 ？
        会议 现在 结束 。
        大概 有 {n}个 人 参加 {meeting} 。
        {person} 因为 {symptom} 不能 参加 {meeting} 。
        """,
    "work": """
        请 把 {document} 发给 {person} 。
        {document} 写 完 了 吗 ？
        {please} 检查 一下 {document} 。
        {document} {soon} 之前 交 给 {department} 。
        {person} 在 {department} 工作 。
        我 {family} 是 {job} 。
        {given} 想 当 {job} 。
        我 在 {city} 做 {job} 。
        {who} {soon} 要 加班 。
        我 {soon} 请假 ， 要 去 {place} 。
        {person} 出差 去 {city} 了 。
        {department} 的 电话 占线 。
        销售额 增长 了 {percent} 。
        今年 的 利润 下降 了 {percent} 。
        公司 有 {n}个 {job} 。
        他 的 工资 是 {thousands}块 。
        {person} 升职 了 ， 大家 都 很 高兴 。
        我 {past} 换 了 工作 。
        {document} 需要 {person} 签字 。
        {job} 的 工作 {much} 辛苦 。
        {please} 打印 {n}份 {document} 。
        {department} 正在 招聘 {job} 。
        """,
    "time": """
        现在 几点 了 ？
        现在 {moment} 。
        今天 是 {date} ， {week} 。
        {day} 是 {week} 吗 ？
        {holiday} 是 几月 几号 ？
        {person} 的 生日 是 {date} 。
        {given} {year} 出生 。
        我 {year} 从 {city} 毕业 。
        {who} {moment} 出门 。
        我 {often} {moment} 去 {place} 。
        {place} {moment} 开门 。
        {place} {clock} 关门 。
        {year} {month} ， 我 去 了 {country} 。
        闹钟 响 了 ， 该 起床 了 。
        {holiday} 放假 几天 ？
        时间 过 得 真 快 ！
        {meal} 时间 是 {moment} 。
        还 有 {n}天 就 是 {holiday} 。
        从 {month} 到 {month} 是 {season} 。
        """,
    "phone": """
        喂 ， 请问 是 {person} 吗 ？
        喂 ， 你 找 谁 ？
        我 的 电话 号码 是 {phone} 。
        {person} 的 电话 是 {phone} 。
        请 打 {phone} 联系 {person} 。
        {soon} 给 你 打电话 。
        {person} 不在 ， 请 留言 。
        我 听不清 ， 请 再说 一遍 。
        请 大声 一点 。
        {person} 刚才 给 你 打 过 电话 。
        信号 不好 ， 我 {soon} 打给 你 。
        请 加 我 微信 。
        {person} 的 微信 是 什么 ？
        你 的 手机 响 了 。
        我 {soon} 给 {person} 回 电话 。
        """,
    "technology": """
        {trouble} ， 我 要 找 {job} 。
        {trouble} ， {friend} 也 一样 。
        {person} ， 你好 ， {trouble} 。
        不好意思 ， {trouble} 。
        因为 {trouble} ， 我 {much} {sad} 。
        如果 {trouble} ， 请 联系 客服 。
        我 的 {device} {fault} 。
        {person} 的 {device} {fault} 。
        {trouble} ， 怎么 办 ？
        {please} 看看 我 的 {device} 。
        {device} {fault} ， 找 {person} 修 吧 。
        怎么 设置 {device} ？
        请 输入 密码 。
        验证码 是 {order} 。
        网速 太 慢 了 。
        文件 下载 了 {percent} 。
        电池 还 剩 {percent} 。
        请 重新 启动 {device} 。
        我 把 照片 上传 到 网上 了 。
        {device} 和 {device} 都 {fault} 。
        {trouble} ， 请 帮 我 看看 。
        我 家 {trouble} 。
        {person} 说 {trouble} 。
        关掉 {room_name} 的 {appliance} 。
        请 打开 {appliance} 。
        {appliance} {soon} 能 修好 吗 ？
        {family} 买 了 新 {appliance} 。
        {family} 不会 用 {device} 。
        人工 智能 发展 {very} 快 。
        打开 {room_name} 的 {appliance} 。
        关闭 {room_name} 的 灯 。
        把 {room_name} 的 空调 调 到 {degrees}度 。
        播放 {given} 的 歌 。
        声音 小 一点 。
        你 试 过 语音 识别 吗 ？
        """,
    "transport": """
        {family} 在 {spot} 等 你 。
        {spot} 有 {place} 吗 ？
        车 停 在 {spot} 。
        请问 ， {place} 怎么 走 ？
        {place} 在 哪里 ？
        {place} 就 在 {place} {near} 。
        离 {place} 有 多远 ？
        一直 往前 走 ， {place} 在 {near} 。
        在 {spot} 往 左 拐 。
        到 {spot} 右转 ， 走 {tens}米 。
        坐 {vehicle} 去 {place} 要 {n}分钟 。
        去 {place} 坐 {line}路 公交车 。
        去 {city} 的 {vehicle} 几点 出发 ？
        {vehicle} {moment} 到 {city} 。
        {vehicle} 晚点 了 {n}分钟 。
        从 {city} 到 {city} 坐 {vehicle} 多久 ？
        一 张 去 {city} 的 票 多少 钱 ？
        去 {city} 的 机票 {thousands}块 。
        我 {often} 坐 {vehicle} 上班 。
        请 在 {spot} 停车 。
        前方 堵车 ， 请 绕行 。
        我 在 {place} {near} 等 你 。
        请 系 好 安全带 。
        司机 师傅 ， 去 {place} 。
        地铁 {line}号线 在 {place} 换乘 。
        {city} 站 到 了 ， 请 下车 。
        小心 ， 注意 红绿灯 。
        过 了 那 座 桥 就 是 {place} 。
        """,
    "food": """
        我 没有 筷子 和 勺子 。
        {dish} 和 {dish} 都 {very} {taste} 。
        你 想 吃 什么 ？
        服务员 ， 点菜 ！
        我 要 一份 {dish} 。
        来 一份 {dish} 和 一杯 {drink} 。
        请 给 我 一杯 {drink} 。
        两杯 {drink} ， 谢谢 。
        {dish} {very} 好吃 。
        {person} 请 我 吃 {dish} 和 {snack} 。
        {dish} 太 {taste} 了 ， 我 要 {snack} 。
        这个 {dish} 太 {taste} 了 。
        {snack} 有点 {taste} 。
        {person} 喜欢 {taste} 的 味道 。
        {who} 不 吃 {vegetable} 。
        {vegetable} 和 {vegetable} 我 都 喜欢 。
        {who} 最 爱 吃 {dish} 。
        {city} 的 {dish} 很 有名 。
        {who} {often} 喝 {drink} 。
        {meal} 吃 什么 ？
        {meal} 我们 吃 {dish} 吧 。
        {meal} 吃 {snack} ， 喝 {drink} 。
        买单 ， 一共 多少 钱 ？
        {dish} {tens}块 ， {drink} {line}块 。
        预订 {on} {moment} 的 座位 ， {line}个 人 。
        你 会 做 {dish} 吗 ？
        {fruit} 比 {fruit} {taste} 。
        {fruit} 蛋糕 和 {drink} ， 打包 带走 。
        少 放 辣椒 ， 多 放 醋 。
        {meal} 吃 饱 了 吗 ？
        我 吃 饱 了 。
        请 给 我 筷子 和 勺子 。
        {vegetable} 炒 肉 {very} {taste} 。
        我 饿 了 ， 冰箱 里 有 {snack} 吗 ？
        慢慢 吃 ， 小心 烫 。
        """,
    "health": """
        {body} 和 {body} 都 疼 。
        我 的 {body} 受伤 了 。
        {person} 的 {body} 受伤 了 。
        医生 检查 了 我 的 {body} 。
        {body} 疼 就 要 {cure} 。
        {hobby} 对 {body} 有 好处 。
        先 {cure} ， 再 {cure} 。
        你 哪里 不 舒服 ？
        我 {body} 疼 。
        我 的 {body} 疼 了 {line}天 。
        {family} {past} {body} 疼 。
        {who} {past} {symptom} 。
        我 {symptom} ， 要 去 医院 。
        {person} {symptom} ， {body} 也 疼 。
        医生 让 我 {cure} 。
        你 要 {cure} 。
        {symptom} 怎么 办 ？
        {family} {symptom} ， 我 {much} 担心 。
        如果 {symptom} ， 要 {cure} 。
        {family} 要 {cure} ， 不要 担心 。
        {symptom} 的 话 ， 就 {cure} 。
        挂号 费 是 {tens}块 。
        这 种 药 一天 吃 三次 。
        {on} {half} 有 {surname} 医生 的 号 吗 ？
        体温 {fever}度 ， 要 {cure} 。
        {family} 住院 了 ， 我 {much} {sad} 。
        你 对 {fruit} 过敏 吗 ？
        吃 {vegetable} 对 {body} 好 。
        祝 你 早日 康复 。
        救命 ， 快 叫 救护车 ！
        {family} 做 了 手术 ， {soon} 出院 。
        深 呼吸 ， 放松 。
        """,
    "family": """
        {room_name} 的 {furniture} {very} {trait} 。
        {family} {chore} ， 我 {chore} 。
        {chore} 以后 ， 我们 {hobby} 。
        谁 在 {room_name} {chore} ？
        {family} {much} {character} ， 可是 有点 {flaw} 。
        {room_name} 的 {appliance} 坏 了 。
        你 家 有 几口 人 ？
        我 {family} 今年 {age}岁 。
        {person} 的 {family} {age}岁 了 。
        {family} 在 {room_name} {chore} 。
        {family} 正在 {chore} 。
        {soon} 该 你 {chore} 了 。
        {who} {often} {chore} 。
        我 {family} {much} {character} 。
        {family} 给 我 讲 故事 。
        {room_name} 里 有 {furniture} 和 {furniture} 。
        把 {furniture} 搬 到 {room_name} 去 。
        {furniture} 放 在 {room_name} 。
        我 家 养 了 一只 {pet} 。
        {pet} 比 {pet} 可爱 。
        {family} 不 让 我 养 {pet}  。
        {family} 的 {pet} 在 {room_name} 睡觉 。
        {pet} 饿 了 ， 在 {room_name} 叫 。
        我 的 钥匙 在 {furniture} 上 。
        我 想念 {family} 了 。
        {family} 和 {family} 去 {place} 了 。
        {given} 结婚 了 ， 祝 他们 幸福 ！
        {given} 的 {family} 是 {job} 。
        宝宝 会 走路 了 ！
        房租 每月 {thousands}块 。
        """,
    "hobby": """
        {given} {result} ， 大家 {much} {glad} 。
        {sport_event} 谁 赢 了 ？
        听说 {given} {result} 。
        {person} 想 参加 {sport_event} 。
        {hobby} 和 {hobby} 都 {much} 有趣 。
        {hobby} 有点 难 。
        我 {past} 没 时间 {hobby} 。
        {on} {moment} 去 {hobby} 。
        你 的 爱好 是 什么 ？
        {who} 喜欢 {hobby} 。
        {who} {often} {hobby} 。
        {soon} 一起 去 {hobby} 吧 。
        我 {family} 教 我 {hobby} 。
        {person} {past} 开始 学 {hobby} 。
        {hobby} 让 我 {much} {feeling} 。
        {soon} 去 看 {show} 吧 。
        这个 {show} {very} 精彩 。
        {show} 让 {who} {much} {feeling} 。
        {show} 的 票 卖 完 了 。
        {on} {half} 有 {sport_event} 。
        {given} 在 {sport_event} 中 {result} 。
        我们 队 {result} ！
        你 看 {sport_event} 了 吗 ？
        {given} 会 {hobby} ， 也 会 {hobby} 。
        你 喜欢 什么 颜色 ？
        {given} 种 了 {flower} 和 {vegetable} 。
        {flower} {very} 香 。
        {show} 和 {show} ， 你 选 哪个 ？
        """,
    "travel": """
        {country} 有 {animal} 吗 ？
        {scenery} 有 很多 {animal} 。
        我 在 {scenery} 看 到 了 {nature} 。
        {country} 的 {scenery} {very} 有名 。
        {who} 从 {country} 回来 了 。
        我 想 去 {country} 旅游 。
        {who} {past} 去 了 {country} 。
        {holiday} 我们 去 {country} 玩 。
        {holiday} 去 {scenery} 的 人 很多 。
        {scenery} 的 风景 {very} 美 。
        {season} 去 {scenery} 最 好 。
        你 去 过 {scenery} 吗 ？
        {scenery} 离 {city} 远 吗 ？
        我们 在 {scenery} 拍 了 {n}张 照片 。
        酒店 一晚 {price}块 ， 包括 {meal} 。
        我 的 房间 是 {room} 。
        请 出示 护照 。
        行李 超重 了 {line}公斤 。
        {country} 的 {season} {much} {climate} 。
        {country} 人 {much} {character} 。
        {given} 在 {country} 学 {subject} 。
        动物园 里 有 {animal} 和 {animal} 。
        你 见 过 {animal} 吗 ？
        {animal} {very} 可爱 。
        看 ， 那边 有 {animal} ！
        孩子 们 怕 {animal} 。
        {scenery} 有 {nature} 和 {nature} 。
        我 画 了 {nature} 和 {animal} 。
        {nature} 旁边 有 {animal} 。
        {city} 的 {nature} {very} 美 。
        """,
    "school": """
        请 把 {study_thing} 和 {study_thing} 拿 出来 。
        我 买 了 新 的 {study_thing} 。
        {given} 的 {study_thing} 是 {colour} 的 。
        {given} 的 {subject} 成绩 {very} 好 。
        我 最 喜欢 {subject} 课 。
        {subject} 考试 是 {week} {half} 。
        {subject} 考 了 {tens}分 。
        {person} 教 我们 {subject} 。
        {subject} {subject_thing} 写 完 了 吗 ？
        {subject} 课 {moment} 开始 。
        我 忘 了 带 {study_thing} 。
        {study_thing} 放 在 书包 里 了 。
        {subject} {subject_thing} 借 我 用 一下 。
        {please} 把 {study_thing} 给 {given} 。
        {given} {clock} 去 学校 。
        班 里 有 {n}个 学生 。
        {given} 的 {study_thing} 丢 了 。
        {subject} 比 {subject} 难 。
        {given} 考上 了 {city} 大学 。
        请 翻到 第 {n}页 。
        请 安静 ， 开始 上课 。
        {given} {much} {character} ， 大家 都 喜欢 他 。
        老师 表扬 了 {given} 。
        我 {soon} 要 考 {subject} ， {much} {feeling} 。
        """,
    "feeling": """
        {who} {past} {much} {feeling} 。
        你 为什么 {sad} ？
        别 {sad} ， 有 我 在 。
        听到 这个 消息 ， {who} {much} {feeling} 。
        {person} 是 一个 {character} 的 人 。
        {friend} 说 我 {much} {character} 。
        我 的 {friend} {much} {character} 。
        {friend} {soon} 来 我 家 。
        我 和 {friend} 去 {place} 。
        {friend} 送 我 {flower} ， 我 {much} {feeling} 。
        {friend} 借 了 我 {price}块 。
        加油 ， 你 一定 行 ！
        真 的 吗 ？
        太 棒 了 ！
        别 着急 ， 慢慢 来 。
        我 同意 {person} 的 看法 。
        我 觉得 {friend} 有点 {flaw} 。
        {family} 有点 {flaw} ， 但是 {much} {character} 。
        我 有点 {sad} 。
        他 又 {flaw} 又 {flaw} 。
        别 这么 {flaw} ！
        {person} 有点 {sad} 。
        我 真 {glad} 。
        {who} 为 你 感到 {glad}  。
        没想到 {friend} 这么 {character} ！
        """,
}

GRAMMAR = Grammar("zh", TOPICS, SLOTS)


def sentence(rng: random.Random) -> Sentence:
    return GRAMMAR.sentence(rng)
