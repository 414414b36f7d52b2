// Drives the Vercel AI SDK: node ai.mjs BASE_URL FOLDER SILENCE. Prints one line of JSON: what each call gave.
import fs from "node:fs";
import { createOpenAI } from "@ai-sdk/openai";
import { experimental_transcribe as transcribe } from "ai";

const [baseURL, folder, silence] = process.argv.slice(2);
const openai = createOpenAI({ baseURL, apiKey: "none" });
globalThis.AI_SDK_LOG_WARNINGS = false;

const hear = async (audio, asked, model = "whisper-1") => {
  const providerOptions = asked && { openai: asked };
  const { text, segments, language, durationInSeconds } = await transcribe({ model: openai.transcription(model), audio, providerOptions });
  return { text, segments, language, durationInSeconds };
};
const sample = (name) => fs.readFileSync(`${folder}/${name}.mp3`);
const refused = (call) => call.then(() => null, ({ name, statusCode, isRetryable, message }) => ({ name, statusCode, isRetryable, message }));

const segment = { timestampGranularities: ["segment"] };
const languages = {};
for (const name of ["zh", "yue", "en", "ja", "ko"]) languages[name] = await hear(sample(name), segment);

console.log(JSON.stringify({
  plain: await hear(sample("call")),
  segments: await hear(sample("call"), segment),
  words: await hear(sample("call"), { timestampGranularities: ["word"], language: "zh", temperature: 0, prompt: "余额" }),
  json: await hear(sample("call"), { languages: ["zh"], keywords: ["余额"], include: ["logprobs"] }, "gpt-4o-transcribe"),
  languages,
  refused: {
    words: await refused(hear(Buffer.from("only words ".repeat(99)))),
    language: await refused(hear(sample("zh"), { language: "klingon" })),
    silence: await refused(hear(fs.readFileSync(silence))),
  },
}));
