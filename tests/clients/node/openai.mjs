// Drives OpenAI's client for Node: node openai.mjs BASE_URL FILE. Prints one line of JSON: what each call gave.
import fs from "node:fs";
import OpenAI, { toFile } from "openai";

const [baseURL, path] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey: "none" });
const hear = (asked) => client.audio.transcriptions.create({ model: "whisper-1", file: fs.createReadStream(path), ...asked });
const fault = ({ constructor, status, code, param, message, requestID }) => ({ name: constructor.name, status, code, param, message, requestID });
const refused = (call) => call().then(() => null, fault);

const formats = {};
for (const response_format of ["text", "srt", "vtt"]) formats[response_format] = await hear({ response_format });

const granularities = {};
for (const asked of [[], ["segment"], ["word"], ["segment", "word"]])
  granularities[asked.join("+")] = await hear({ response_format: "verbose_json", timestamp_granularities: asked });

const events = [];
for await (const event of await hear({ stream: true, include: ["logprobs"] })) events.push(event);

const { data, request_id, response } = await client.audio.transcriptions
  .create({ model: "gpt-4o-transcribe", file: await toFile(fs.readFileSync(path)), languages: ["zh", "en"], keywords: ["余额"] })
  .withResponse();

console.log(JSON.stringify({
  json: await hear({}),
  buffer: data,
  request: { id: request_id, header: response.headers.get("x-request-id") },
  formats,
  granularities,
  events,
  models: (await client.models.list()).data.map((model) => model.id),
  refused: {
    words: await refused(async () => hear({ file: await toFile(Buffer.from("only words ".repeat(99)), "a.wav") })),
    language: await refused(() => hear({ language: "klingon" })),
    streamed: await refused(() => hear({ language: "klingon", stream: true })),
    model: await refused(() => client.models.retrieve("nothing")),
    translation: await refused(() => client.audio.translations.create({ model: "whisper-1", file: fs.createReadStream(path) })),
  },
}));
