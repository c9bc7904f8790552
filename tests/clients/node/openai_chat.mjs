// A tool loop with the official TypeScript SDK: argv = base URL, key, model, prompt. Prints the final text.
import { readFileSync, writeFileSync } from "node:fs";
import OpenAI from "openai";

const once = process.env.MAX_RETRIES ? { maxRetries: Number(process.env.MAX_RETRIES) } : {};
const [baseURL, apiKey, model, prompt] = process.argv.slice(2);
const client = new OpenAI({ baseURL: `${baseURL}/v1`, apiKey, ...once });
const text = { type: "string" };
const parameters = { type: "object", properties: { path: text, old: text, new: text }, required: ["path", "old", "new"] };
const tools = [{ type: "function", function: { name: "edit_file", description: "Replaces text in a file.", parameters } }];
const messages = [{ role: "user", content: prompt }];

for (let turn = 0; turn < 4; turn++) {
  const request = { model, messages, tools };
  const done = turn % 2
    ? await client.chat.completions.create(request)
    : await client.chat.completions.stream({ ...request, stream_options: { include_usage: true } }).finalChatCompletion();
  const message = done.choices[0].message;
  if (!message.tool_calls?.length) {
    console.log(message.content);
    break;
  }
  messages.push({ role: "assistant", content: message.content, tool_calls: message.tool_calls });
  for (const call of message.tool_calls) {
    const input = JSON.parse(call.function.arguments);
    writeFileSync(input.path, readFileSync(input.path, "utf8").replaceAll(input.old, input.new));
    messages.push({ role: "tool", tool_call_id: call.id, content: "edited" });
  }
}
