import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { inputShapes } from "../../../src/api/generated/constraints.ts";
import { type OperationName, operationFacts } from "../../../src/api/operation.ts";
import { commandName, structureNamed } from "../../../src/cli/aws-commands/service-model.ts";
import { printShorthand } from "./print-shorthand.ts";

/** The options that stand for an input: every second structure in shorthand, the others in JSON; bytes from a file. */
export function wordsFor(operation: OperationName, input: object, directory: string): readonly string[] {
  const { input: shape } = operationFacts[operation];
  const members = shape === null ? {} : structureNamed(inputShapes, shape).members;
  return Object.entries(input).flatMap(([member, value], index): string[] => {
    const option = `--${commandName(member)}`;
    const type = inputShapes[members[member] ?? ""]?.type;
    if (typeof value === "boolean") return [value ? option : `--no-${option.slice(2)}`];
    if (type === "blob") {
      const file = join(directory, member);
      writeFileSync(file, Buffer.from(String(value), "base64"));
      return [option, `fileb://${file}`];
    }
    if (typeof value !== "object") {
      const text = String(value);
      return text.startsWith("-") ? [`${option}=${text}`] : [option, text];
    }
    if (Array.isArray(value) && value.every((item) => typeof item === "string")) return [option, ...value];
    const text = withTextsForBytes(value);
    if (index % 2 === 1 && type !== "document") {
      const printed = Array.isArray(text) ? text.map(printShorthand) : [printShorthand(text)];
      if (printed.every((one) => one !== null)) return [option, ...printed];
    }
    return [option, JSON.stringify(text)];
  });
}

/** Within JSON the AWS CLI takes bytes as text. */
const withTextsForBytes = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (name, item) =>
    name === "Bytes" ? Buffer.from(item, "base64").toString("utf8") : item,
  );
