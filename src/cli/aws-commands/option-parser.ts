import { closeMatches } from "./close-matches.ts";
import { misuse } from "./faults.ts";
import { pythonText } from "./value.ts";

/**
 * An option of a command line. `value` takes one word, `values` all that follow, `optional` one or none (then `constant` is its value),
 * `true` and `false` none.
 */
export interface Option {
  /** With its hyphens: `--user-pool-id`. */
  readonly name: string;
  readonly key: string;
  readonly takes: "value" | "values" | "optional" | "true" | "false";
  readonly required?: boolean;
  readonly choices?: readonly string[];
  readonly constant?: string;
  readonly integer?: boolean;
}

/** A word without hyphens. */
export interface Positional {
  readonly name: string;
  readonly required: boolean;
  readonly choices?: readonly string[];
}

export type Given = string | readonly string[] | boolean;

export interface Parsed {
  /** By the keys of options, and the positional by its name. */
  readonly given: ReadonlyMap<string, Given>;
  /** Words that nobody here knows, in their order. */
  readonly rest: readonly string[];
}

interface Occurrence {
  /** Undefined when nobody here knows it. */
  readonly option: Option | undefined;
  readonly explicit: string | undefined;
}

const NEGATIVE_NUMBER = /^-\d+$|^-\d*\.\d+$/;
/** What may follow an option, in a pattern of one letter for each word: O an option, A any other, - the word "--". */
const FOLLOWING: Readonly<Record<Option["takes"], RegExp>> = {
  value: /^A/,
  values: /^A*/,
  optional: /^A?/,
  true: /^/,
  false: /^/,
};

/**
 * Reads a command line by the rules of Python's argparse (3.11), which the AWS CLI is built on: options may be shortened to what is
 * theirs alone, `--name=value` is `--name value`, a negative number is a value, and what is unknown is left over.
 * @throws CommandFault
 */
export function parseOptions(
  words: readonly string[],
  options: readonly Option[],
  positional: Positional,
): Parsed {
  const byName = new Map(options.map((option) => [option.name, option]));
  const occurrences = new Map<number, Occurrence>();
  let pattern = "";
  for (const [index, word] of words.entries()) {
    if (pattern.includes("-")) pattern += "A";
    else if (word === "--") pattern += "-";
    else {
      const occurrence = recognize(word, byName);
      if (occurrence) occurrences.set(index, occurrence);
      pattern += occurrence ? "O" : "A";
    }
  }

  const given = new Map<string, Given>();
  const rest: string[] = [];
  let awaited: Positional | null = positional;
  const consumePositional = (start: number): number => {
    if (!awaited) return start;
    const match = (awaited.required ? /^-*A-*/ : /^-*A?-*/).exec(pattern.slice(start));
    if (!match) return start;
    const end = start + match[0].length;
    const values = withoutDashes(words.slice(start, end));
    const value = values[0];
    if (value !== undefined) {
      checkChoice(`argument ${awaited.name}`, value, awaited.choices);
      given.set(awaited.name, value);
    }
    awaited = null;
    return end;
  };
  const consumeOption = (start: number): number => {
    const { option, explicit } = occurrences.get(start) as Occurrence;
    if (!option) {
      rest.push(words[start] ?? "");
      return start + 1;
    }
    const following = explicit === undefined ? pattern.slice(start + 1) : "A";
    const match = FOLLOWING[option.takes].exec(following);
    if (!match) throw misuse(`argument ${option.name}: expected one argument`);
    if (explicit !== undefined && match[0].length !== 1)
      throw misuse(`argument ${option.name}: ignored explicit argument ${pythonText(explicit)}`);
    const end = start + 1 + (explicit === undefined ? match[0].length : 0);
    take(option, explicit === undefined ? words.slice(start + 1, end) : [explicit], given);
    return end;
  };

  let at = 0;
  const last = Math.max(-1, ...occurrences.keys());
  while (at <= last) {
    const next = Math.min(...[...occurrences.keys()].filter((index) => index >= at));
    if (at !== next) {
      const end = consumePositional(at);
      if (end > at) {
        at = end;
        continue;
      }
    }
    if (!occurrences.has(at)) {
      rest.push(...words.slice(at, next));
      at = next;
    }
    at = consumeOption(at);
  }
  at = consumePositional(at);
  rest.push(...words.slice(at));

  const missing = options
    .filter((option) => option.required && !given.has(option.key))
    .map((option) => option.name);
  if (positional.required && !given.has(positional.name)) missing.push(positional.name);
  if (missing.length > 0)
    throw misuse(
      `the following arguments are required: ${missing.join(", ")}${likeliestOptions(rest, options)}`,
    );
  return { given, rest };
}

/** A remark on the words that are no options, where there are options like them; the AWS CLI leaves it at naming the words. */
export function likeliestOptions(words: readonly string[], options: readonly Option[]): string {
  const names = options.map(({ name }) => name);
  const lines = words
    .filter((word) => word.startsWith("--"))
    .flatMap((word) => {
      const [name = ""] = word.split("=");
      const near = closeMatches(name, names);
      return near.length === 0
        ? []
        : [
            `\n\nUnknown option: ${pythonText(name)}, maybe you meant:\n\n${near.map((one) => `  * ${one}`).join("\n")}\n`,
          ];
    });
  return lines.join("");
}

/** Null for a word that is not an option. */
function recognize(word: string, byName: ReadonlyMap<string, Option>): Occurrence | null {
  if (!word.startsWith("-")) return null;
  const whole = byName.get(word);
  if (whole) return { option: whole, explicit: undefined };
  if (word.length === 1) return null;
  const [name = "", ...values] = word.split("=");
  const explicit = values.length > 0 ? values.join("=") : undefined;
  const exact = byName.get(name);
  if (exact && explicit !== undefined) return { option: exact, explicit };
  if (word.startsWith("--")) {
    const candidates = [...byName.values()].filter((option) => option.name.startsWith(name));
    if (candidates.length > 1)
      throw misuse(
        `ambiguous option: ${word} could match ${candidates.map((option) => option.name).join(", ")}`,
      );
    if (candidates[0]) return { option: candidates[0], explicit };
  }
  if (NEGATIVE_NUMBER.test(word) || word.includes(" ")) return null;
  return { option: undefined, explicit: undefined };
}

function take(option: Option, words: readonly string[], given: Map<string, Given>): void {
  const { name, key, takes, choices } = option;
  if (takes === "true" || takes === "false") {
    given.set(key, takes === "true");
    return;
  }
  const values = withoutDashes(words);
  for (const value of values) {
    if (option.integer && !isInteger(value))
      throw misuse(`argument ${name}: invalid int value: ${pythonText(value)}`);
    checkChoice(`argument ${name}`, value, choices);
  }
  if (takes === "values") given.set(key, values);
  else given.set(key, values[0] ?? option.constant ?? "");
}

/** The first "--" among them only ends the options. */
function withoutDashes(words: readonly string[]): readonly string[] {
  const index = words.indexOf("--");
  return index < 0 ? words : words.filter((_, i) => i !== index);
}

/** What Python's int() reads. */
export const isInteger = (text: string): boolean => /^\s*[-+]?\d+(_\d+)*\s*$/.test(text);

const CHOICES_PER_LINE = 2;
const CHOICE_WIDTH = 40;

function checkChoice(subject: string, value: string, choices: readonly string[] | undefined): void {
  if (!choices || choices.includes(value)) return;
  const lines = ["Invalid choice, valid choices are:\n"];
  for (let i = 0; i < choices.length; i += CHOICES_PER_LINE)
    lines.push(
      choices
        .slice(i, i + CHOICES_PER_LINE)
        .map((choice) => choice.padEnd(CHOICE_WIDTH))
        .join(" | "),
    );
  const near = closeMatches(value, choices);
  if (near.length > 0)
    lines.push(
      `\n\nInvalid choice: ${pythonText(value)}, maybe you meant:\n`,
      ...near.map((word) => `  * ${word}`),
    );
  throw misuse(`${subject}: ${lines.join("\n")}`);
}
