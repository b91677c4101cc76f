import type { Answer } from "../../operations/security-tokens/operation.ts";

const NAMED: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};
/** Characters that XML 1.0 cannot hold, however they are written. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const IMPOSSIBLE = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Surrogate}/gu;

const escapeText = (text: string): string =>
  text.replace(IMPOSSIBLE, "\ufffd").replace(/[&<>"']/g, (character) => NAMED[character] ?? character);

/** The members of an answer as XML elements; those without a value are left out. */
export function elements(answer: Answer, indent = "  "): string {
  return Object.entries(answer)
    .map(([name, value]) => {
      if (value === undefined) return "";
      return typeof value === "object"
        ? `${indent}<${name}>\n${elements(value, `${indent}  `)}${indent}</${name}>\n`
        : `${indent}<${name}>${escapeText(String(value))}</${name}>\n`;
    })
    .join("");
}
