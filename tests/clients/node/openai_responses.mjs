// A stateless tool loop with the official TypeScript SDK: argv = base URL, key, model, prompt. Prints the final text.
import { readFileSync, writeFileSync } from "node:fs";
import OpenAI from "openai";

const once = process.env.MAX_RETRIES ? { maxRetries: Number(process.env.MAX_RETRIES) } : {};
const [baseURL, apiKey, model, prompt] = process.argv.slice(2);
const client = new OpenAI({ baseURL: `${baseURL}/v1`, apiKey, ...once });
const text = { type: "string" };
const parameters = { type: "object", properties: { path: text, old: text, new: text }, required: ["path", "old", "new"] };
const tools = [{ type: "function", name: "edit_file", description: "Replaces text in a file.", parameters, strict: false }];
const input = [{ role: "user", content: prompt }];

for (let turn = 0; turn < 4; turn++) {
  const request = { model, input, tools, store: false, include: ["reasoning.encrypted_content"] };
  const response = turn % 2 ? await client.responses.create(request) : await client.responses.stream(request).finalResponse();
  const calls = response.output.filter((item) => item.type === "function_call");
  if (!calls.length) {
    console.log(response.output_text);
    break;
  }
  // The streaming helper adds fields of its own, which a client must not send back.
  input.push(...response.output.map(({ parsed_arguments, ...item }) => item));
  for (const call of calls) {
    const wanted = JSON.parse(call.arguments);
    writeFileSync(wanted.path, readFileSync(wanted.path, "utf8").replaceAll(wanted.old, wanted.new));
    input.push({ type: "function_call_output", call_id: call.call_id, output: "edited" });
  }
}
