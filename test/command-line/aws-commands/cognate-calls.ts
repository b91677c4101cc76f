/**
 * Runs the command lines it reads, a JSON array of words each, and prints what each wrote and its status. All in one process, as
 * aws_calls.py beside it. Arguments: endpoint.
 */
import { createInterface } from "node:readline";
import { run } from "../../../src/cli/aws-commands/run.ts";

Object.assign(process.env, {
  AWS_ACCESS_KEY_ID: "local",
  AWS_SECRET_ACCESS_KEY: "local",
  AWS_DEFAULT_REGION: "us-east-1",
  AWS_ENDPOINT_URL: process.argv[2],
  AWS_CONFIG_FILE: "/dev/null",
  AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
  AWS_MAX_ATTEMPTS: "1",
});

const answer = process.stdout.write.bind(process.stdout);
const written = { output: "", errors: "" };
const into = (stream: keyof typeof written) => (text: string | Uint8Array) => {
  written[stream] += String(text);
  return true;
};
process.stdout.write = into("output");
process.stderr.write = into("errors");

for await (const line of createInterface({ input: process.stdin })) {
  Object.assign(written, { output: "", errors: "" });
  const status = await run(JSON.parse(line));
  answer(`${JSON.stringify({ ...written, status })}\n`);
}
