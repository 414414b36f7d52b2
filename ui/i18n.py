"""All words of the console, Chinese and English side by side. Knows nothing of widgets.

A key in braces, as {heard}, is filled in by the browser.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Tongue = Literal["zh", "en"]
TONGUES: tuple[Tongue, Tongue] = ("zh", "en")

WORDS: Mapping[str, tuple[str, str]] = {
    # --- header ---
    "app.tagline": ("听见说了什么，也听见怎么说的", "Hears what is said, and how"),
    "tongue.switch": ("English", "中文"),
    "tongue.hint": ("Switch to English", "切换到中文"),
    "theme.dark": ("切换到深色", "Switch to dark colours"),
    "theme.light": ("切换到浅色", "Switch to light colours"),
    "state.loading": ("模型加载中", "loading the model"),
    "state.ready": ("就绪", "ready"),
    "state.failed": ("无法加载模型", "the model could not be loaded"),
    "state.broken": ("模型已停止工作", "the engine has broken down"),
    "state.draining": ("正在关闭", "shutting down"),
    "state.stopped": ("正在关闭", "shutting down"),
    "state.waiting": ("队列中 {seconds} 秒音频", "{seconds} s of audio queued"),
    "demo.title": ("这是演示小模型，不是 SenseVoiceSmall", "This is a small demo model, not SenseVoiceSmall"),
    "demo.body": (
        "它随程序附带，用来立刻试用界面与接口：自带的示例和类似的清晰短句大致可用，其他录音会有许多错字，情感与事件也不可靠。",
        "It is bundled so that the console and the API can be tried at once. Expect the samples and short, clear speech "
        "like them to come out roughly right, and many wrong words, emotions and events on anything else.",
    ),
    "demo.way": ("换上正式模型：", "Get the real one:"),
    "demo.or": ("或", "or"),
    # --- tabs ---
    "tab.transcribe": ("转写", "Transcribe"),
    "tab.api": ("接口", "API"),
    "tab.segments": ("分段", "Segments"),
    "tab.rich": ("富文本", "Rich text"),
    "tab.raw": ("原始标签", "Raw tags"),
    "tab.json": ("JSON", "JSON"),
    # --- source ---
    "source.name": ("音频来源", "Audio source"),
    "source.drop": ("拖入音频或视频", "Drop audio or video here"),
    "source.choose": ("或点击选择文件", "or click to choose a file"),
    "source.limit": ("任何常见格式，最大 {size}", "any common format, up to {size}"),
    "source.record": ("录音", "Record"),
    "source.stop": ("停止录音", "Stop recording"),
    "source.samples": ("或试一段示例", "Or try a sample"),
    "source.uploading": ("上传中 {percent}%", "uploading {percent}%"),
    "source.give-up": ("取消上传", "Cancel the upload"),
    "source.chosen": ("已选择", "Chosen"),
    "source.too-large": ("文件超过 {size} 的上限。", "The file is larger than the limit of {size}."),
    "source.failed": ("上传失败，请再试一次。", "The upload failed. Please try again."),
    "source.no-mic": ("没有找到麦克风，或它正被占用。", "No microphone was found, or it is in use."),
    "source.denied": ("浏览器未允许使用麦克风。", "The browser was not allowed to use the microphone."),
    "source.insecure": (
        "只有经 https 或 localhost 打开的页面才能录音。",
        "Browsers record only on pages opened through https or localhost.",
    ),
    # --- options ---
    "option.language": ("语言", "Language"),
    "option.labels": ("标签样式", "Label style"),
    "option.itn": ("标点与数字", "Punctuation and digits"),
    "option.itn-hint": ("逆文本正则化（ITN）", "inverse text normalisation (ITN)"),
    "option.vad": ("只听有声音的部分", "Only where there is sound"),
    "option.vad-hint": ("关闭则逐秒全听，一字不漏", "off: every second is heard, no word is lost"),
    "action.run": ("开始转写", "Transcribe"),
    "action.cancel": ("停止", "Stop"),
    "labels.zh": ("中文 [开心]", "Chinese [开心]"),
    "labels.en": ("英文 [happy]", "English [happy]"),
    "labels.emoji": ("表情 😊", "Emoji 😊"),
    "labels.plain": ("纯文本", "Plain text"),
    "labels.raw": ("原始标签", "Raw tags"),
    "labels.own": ("自定义", "Custom"),
    "language.auto": ("自动识别", "Detect automatically"),
    "language.zh": ("中文（普通话）", "Chinese (Mandarin)"),
    "language.yue": ("粤语", "Cantonese"),
    "language.en": ("英语", "English"),
    "language.ja": ("日语", "Japanese"),
    "language.ko": ("韩语", "Korean"),
    "language.und": ("其他语言", "other language"),
    "language.nospeech": ("无人说话", "no speech"),
    "short.zh": ("中文", "Chinese"),
    "short.yue": ("粤语", "Cantonese"),
    "short.en": ("英语", "English"),
    "short.ja": ("日语", "Japanese"),
    "short.ko": ("韩语", "Korean"),
    "short.und": ("其他", "other"),
    "short.nospeech": ("无语音", "no speech"),
    # --- progress ---
    "progress.name": ("进度", "Progress"),
    "progress.opening": ("正在打开文件…", "Opening the file…"),
    "progress.hearing": ("已听 {heard} / {duration} 秒 · {speed}× 实时", "Heard {heard} of {duration} s · {speed}× real time"),
    "progress.starting": ("已听 {heard} / {duration} 秒", "Heard {heard} of {duration} s"),
    "progress.done": (
        "完成：{duration} 秒音频用时 {elapsed} 秒 · {speed}× 实时",
        "Done: {duration} s heard in {elapsed} s · {speed}× real time",
    ),
    "progress.stopped": (
        "已停止：听了 {heard} / {duration} 秒，已有结果保留",
        "Stopped after {heard} of {duration} s. What came until then is kept.",
    ),
    "progress.silent": ("没有听到人说话。", "No speech was heard."),
    "warning.decode_errors": ("文件有损坏之处，已跳过。", "Damaged parts of the file were skipped."),
    "warning.not_finite": ("文件含无效采样，已作静音处理。", "Invalid samples were made silent."),
    "warning.clipped": ("录音音量过大，有削波。", "The recording is clipped: it was too loud."),
    # --- player ---
    "player.name": ("播放器", "Player"),
    "player.play": ("播放", "Play"),
    "player.pause": ("暂停", "Pause"),
    "player.rate": ("播放速度", "Playback speed"),
    "player.position": ("播放位置", "Playback position"),
    "player.ribbon": ("情感色带", "Emotion ribbon"),
    "player.empty": ("声音在这里", "The sound will be here"),
    "player.hint": (
        "拖入文件、录音，或选一段示例，然后点“开始转写”。",
        "Drop a file, record, or pick a sample, then press Transcribe.",
    ),
    "player.broken": ("浏览器无法播放这段声音。", "The browser cannot play this sound."),
    "media.mono": ("单声道", "mono"),
    "media.stereo": ("立体声", "stereo"),
    "media.channels": ("{n} 声道", "{n} channels"),
    # --- segments ---
    "segments.name": ("分段", "Segments"),
    "segments.empty": ("还没有转写结果。", "Nothing was transcribed yet."),
    "segments.coming": ("结果会一段一段出现…", "Segments appear here as they are heard…"),
    "segments.seek": ("从 {time} 播放", "Play from {time}"),
    "segments.sound": ("（没有词语）", "(no words)"),
    "emotion.happy": ("开心", "happy"),
    "emotion.sad": ("伤心", "sad"),
    "emotion.angry": ("生气", "angry"),
    "emotion.neutral": ("平静", "neutral"),
    "emotion.fearful": ("恐惧", "fearful"),
    "emotion.disgusted": ("厌恶", "disgusted"),
    "emotion.surprised": ("惊讶", "surprised"),
    "emotion.other": ("其他", "other"),
    "emotion.unknown": ("不明", "unclear"),
    "event.bgm": ("背景音乐", "music"),
    "event.laughter": ("笑声", "laughter"),
    "event.applause": ("掌声", "applause"),
    "event.cry": ("哭声", "crying"),
    "event.sneeze": ("喷嚏", "sneeze"),
    "event.breath": ("呼吸声", "breath"),
    "event.cough": ("咳嗽", "cough"),
    "event.sing": ("歌声", "singing"),
    "event.noise": ("噪音", "noise"),
    # --- results ---
    "rich.placeholder": ("带情感与事件标签的全文", "The whole text with its emotions and events"),
    "raw.placeholder": ("模型原样输出的标签与文字", "The engine's own tags and words"),
    "footer.privacy": (
        "声音和文字只在这台服务器上处理，不外传；上传的文件一小时后删除。",
        "Sound and text are processed on this server alone. Uploaded files are deleted after an hour.",
    ),
    # --- api ---
    "api.lead": (
        "与 OpenAI 语音转写接口兼容：把客户端的地址改成这里即可。下面的命令已填好本页地址。",
        "Compatible with OpenAI's transcription API: point a client at this address. "
        "The snippets below carry this page's own origin.",
    ),
    "api.curl": ("命令行", "Command line"),
    "api.subtitles": ("直接得到字幕", "Straight to subtitles"),
    "api.python": ("Python（openai 客户端）", "Python (openai client)"),
    "api.copy": ("复制", "Copy"),
    "api.copied": ("已复制", "Copied"),
    # --- errors, by code; where English is empty the error's own sentence is shown ---
    "error.missing_file": ("请先选择文件、录音，或选一段示例。", "Choose a file, record, or pick a sample first."),
    "error.empty_file": ("文件是空的（0 字节）。", ""),
    "error.unsupported_media_type": (
        "无法解码这个文件，或不支持它的格式。请使用 wav、mp3、m4a、flac、ogg、opus、webm、mp4 等音频或视频文件。",
        "This is not an audio or video file that can be decoded. Try wav, mp3, m4a, flac, ogg, opus, webm or mp4.",
    ),
    "error.unsupported_codec": ("无法解码这个文件里的声音编码。", ""),
    "error.corrupt_audio": ("文件能打开，但读不出声音：它可能被截断或损坏。", ""),
    "error.no_audio_stream": ("文件里没有音轨，没有可听的内容。", ""),
    "error.audio_too_short": ("录音太短。", ""),
    "error.audio_too_long": ("录音超过了时长上限，请剪短后再试。", ""),
    "error.audio_too_large": ("解码后的数据超过上限，请剪短或减少声道。", ""),
    "error.decoding_timeout": ("解码用时过长，已放弃。", ""),
    "error.unsupported_sample_rate": ("不支持这个采样率，请重新采样。", ""),
    "error.unsupported_channels": ("声道太多，请先混音。", ""),
    "error.file_too_large": ("文件超过大小上限。", ""),
    "error.invalid_value": ("参数无效。", ""),
    "error.diarization_unsupported": ("这里不区分说话人。", ""),
    "error.translation_unsupported": ("这个模型不做翻译。", ""),
    "error.unknown_language": ("模型听不懂这种语言。", ""),
    "error.model_not_found": ("没有这个模型。", ""),
    "error.invalid_labels": ("标签表无法使用。", ""),
    "error.path_not_allowed": ("这个路径不是在这里上传的，不会读取。", ""),
    "error.invalid_span": ("时间段无效。", ""),
    "error.model_loading": ("模型仍在加载，请过几秒再试。", ""),
    "error.engine_unavailable": ("模型无法使用。", ""),
    "error.inference_error": ("模型处理这段声音时出错，详情见服务器日志。", ""),
    "error.queue_full": ("队列已满，请约 {wait} 秒后再试。", ""),
    "error.shutting_down": ("服务器正在关闭。", ""),
    "error.cancelled": ("已停止。", ""),
    "error.decoder_crashed": ("解码器处理这个文件时崩溃，已经重启；文件可能损坏，请重新保存或转换格式。", ""),
    "error.url_not_supported": ("不会去取网址上的文件，请直接上传。", ""),
    "error.too_many_files": ("一次只能发送一个文件。", ""),
    "error.too_many_parts": ("表单的字段太多。", ""),
    "error.malformed_multipart": ("表单不完整或格式有误。", ""),
    "error.bad_json": ("请求内容不是可读的 JSON。", ""),
    "error.bad_request": ("请求无法读取。", ""),
    "error.body_too_large": ("请求内容太大。", ""),
    "error.request_timeout": ("太久没有收到数据，已放弃，请再试一次。", ""),
    "error.host_not_allowed": ("服务器不接受这个主机名。", ""),
    "error.origin_not_allowed": ("不接受来自其他网站页面的请求。", ""),
    "error.invalid_api_key": ("需要有效的 API 密钥。", ""),
    "error.rate_limited": ("请求太频繁，请约 {wait} 秒后再试。", ""),
    "error.deadline_exceeded": ("超过了时限，还没有听完；请缩短文件再试。", ""),
    "error.gpu_out_of_memory": ("显存不足，请稍后再试。", ""),
    "error.storage_full": ("服务器磁盘已满，没有保留任何内容。", ""),
    "error.storage_unavailable": ("服务器的临时文件夹无法写入。", ""),
    "error.job_not_found": ("没有这个任务；它可能已被删除或过期。", ""),
    "error.job_unfinished": ("任务还没有到这一步，请稍后再试。", ""),
    "error.no_gpu": ("没有可用的 GPU。", ""),
    "error.open_without_key": ("没有密钥时不能对外开放。", ""),
    "error.internal": (
        "出错了，详情见服务器日志（编号 {reference}）。",
        "Something went wrong. The server's log has the details under {reference}.",
    ),
}


def word(key: str, tongue: Tongue) -> str:
    """Raises KeyError."""
    return WORDS[key][0 if tongue == "zh" else 1]


def dictionary(tongue: Tongue) -> dict[str, str]:
    """All words of one language, for the browser."""
    return {key: word(key, tongue) for key in WORDS}
