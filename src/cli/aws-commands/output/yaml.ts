import { isDictionary, isList, isNumber, plainText, type Value } from "../value.ts";

/** YAML in block style, as version 2 of the AWS CLI writes it. */
export function yamlForm(value: Value): string {
  if (isDictionary(value) && value.size > 0) return blockLines(value, 0).join("");
  if (isList(value) && value.length > 0) return blockLines(value, 0).join("");
  return `${inline(value)}\n`;
}

const isBlock = (value: Value): boolean =>
  (isList(value) && value.length > 0) || (isDictionary(value) && value.size > 0);

function blockLines(value: Value, depth: number): readonly string[] {
  const margin = "  ".repeat(depth);
  if (isDictionary(value))
    return [...value].flatMap(([key, item]) =>
      isBlock(item)
        ? // Lists stand at the depth of their key.
          [`${margin}${inline(key)}:\n`, ...blockLines(item, isList(item) ? depth : depth + 1)]
        : [`${margin}${inline(key)}: ${inline(item)}\n`],
    );
  return (value as readonly Value[]).flatMap((item) => {
    if (!isBlock(item)) return [`${margin}- ${inline(item)}\n`];
    const [first = "", ...rest] = blockLines(item, depth + 1);
    return [`${margin}- ${first.slice(margin.length + 2)}`, ...rest];
  });
}

function inline(value: Value): string {
  if (value === null) return "null";
  if (typeof value === "boolean") return String(value);
  if (isNumber(value)) return plainText(value);
  if (isList(value)) return "[]";
  if (isDictionary(value)) return "{}";
  return scalar(plainText(value));
}

/** What YAML would read as something else than this text. */
const AMBIGUOUS =
  /^$|^[\s\-?:,[\]{}#&*!|>'"%@`=]|[\s:]$|: |\s#|^(?:~|null|true|false|yes|no|on|off|y|n)$|^[-+.]?[\d.]/i;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]/;

function scalar(text: string): string {
  if (UNPRINTABLE.test(text)) return JSON.stringify(text);
  return AMBIGUOUS.test(text) ? `'${text.replaceAll("'", "''")}'` : text;
}
