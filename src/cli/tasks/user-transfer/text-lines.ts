import { createReadStream } from "node:fs";

/**
 * The lines of a UTF-8 file, which end with a line feed, with a carriage return before it or not, and with nothing else: JSON may hold
 * other characters that node:readline takes for ends.
 */
export async function* textLines(file: string): AsyncGenerator<string> {
  let rest = "";
  for await (const piece of createReadStream(file, { encoding: "utf8" })) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield line.endsWith("\r") ? line.slice(0, -1) : line;
  }
  if (rest !== "") yield rest;
}
