// A tool loop with the official TypeScript SDK: argv = base URL, key, model, prompt. Prints the final text.
import { readFileSync, writeFileSync } from "node:fs";
import Anthropic from "@anthropic-ai/sdk";

const once = process.env.MAX_RETRIES ? { maxRetries: Number(process.env.MAX_RETRIES) } : {};
const [baseURL, apiKey, model, prompt] = process.argv.slice(2);
const client = new Anthropic({ baseURL, apiKey, ...once });
const text = { type: "string" };
const input_schema = { type: "object", properties: { path: text, old: text, new: text }, required: ["path", "old", "new"] };
const tools = [{ name: "edit_file", description: "Replaces text in a file.", input_schema }];
const messages = [{ role: "user", content: prompt }];

for (let turn = 0; turn < 4; turn++) {
  const request = { model, max_tokens: 1000, messages, tools };
  const message = turn % 2 ? await client.messages.create(request) : await client.messages.stream(request).finalMessage();
  const uses = message.content.filter((block) => block.type === "tool_use");
  if (!uses.length) {
    console.log(message.content.filter((block) => block.type === "text").map((block) => block.text).join(""));
    break;
  }
  const results = uses.map((use) => {
    writeFileSync(use.input.path, readFileSync(use.input.path, "utf8").replaceAll(use.input.old, use.input.new));
    return { type: "tool_result", tool_use_id: use.id, content: "edited" };
  });
  messages.push({ role: "assistant", content: message.content }, { role: "user", content: results });
}
