import type { Command, Option } from "commander";
import type { ConnectionOptions } from "../connection/connection.ts";
import { isService, operationWords, optionsOf } from "./aws-words.ts";

/** What the word that is being typed may become. */
export interface Candidate {
  readonly word: string;
  readonly description?: string;
}

/** Words; or the shell is to offer names of files. */
export type Completion = readonly Candidate[] | "files";

/** Names that only the server knows. */
export type PoolWords = (connection: ConnectionOptions) => Promise<readonly Candidate[]>;

const words = (list: readonly string[]): Candidate[] => list.map((word) => ({ word }));

/**
 * @param line the words after the program's name; the last is the one that is being typed, and may be empty
 * @returns all that begin with it
 */
export async function candidates(
  program: Command,
  line: readonly string[],
  poolWords: PoolWords,
): Promise<Completion> {
  // A shell may take --pool=shop apart at its sign.
  const parts = line.flatMap((word) => (word === "=" ? [] : splitAtSign(word)));
  const typed = line.at(-1) === "=" ? "" : (parts.at(-1) ?? "");
  const before = line.at(-1) === "=" ? parts : parts.slice(0, -1);
  const [first] = before;
  const all = isService(first)
    ? await ofOperations(first, before.slice(1), poolWords)
    : await ofCommand(program, before, typed, poolWords);
  return all === "files" ? all : all.filter(({ word }) => word.startsWith(typed));
}

function splitAtSign(word: string): string[] {
  const sign = word.startsWith("--") ? word.indexOf("=") : -1;
  return sign === -1 ? [word] : [word.slice(0, sign), word.slice(sign + 1)];
}

/** The value after an option among these words. */
function given(line: readonly string[], option: string): string | undefined {
  const at = line.lastIndexOf(option);
  return at === -1 ? undefined : line[at + 1];
}

const connectionOf = (line: readonly string[]): ConnectionOptions => ({
  endpointUrl: given(line, "--endpoint-url"),
  region: given(line, "--region"),
  profile: given(line, "--profile"),
});

/** Of `cognate cognito-idp <operation> --option value`. */
async function ofOperations(
  service: string,
  before: readonly string[],
  poolWords: PoolWords,
): Promise<Completion> {
  const [operation] = before;
  if (operation === undefined) return words(await operationWords(service));
  const options = await optionsOf(service, operation);
  const last = options.find(({ name }) => name === before.at(-1));
  if (last && (last.takes === "value" || last.takes === "values")) {
    if (last.name === "--user-pool-id") return (await poolWords(connectionOf(before))).filter(isId);
    return last.choices ? words(last.choices) : "files";
  }
  return words(options.map(({ name }) => name).filter((name) => !before.includes(name)));
}

const isId = ({ word }: Candidate): boolean => /^[a-z]{2}(?:-[a-z]+)+-\d+_/.test(word);

/** Of this program's own commands, as they describe themselves. */
async function ofCommand(
  program: Command,
  before: readonly string[],
  typed: string,
  poolWords: PoolWords,
): Promise<Completion> {
  let command = program;
  let pending: Option | undefined;
  for (const word of before) {
    if (pending && !word.startsWith("--")) {
      if (!pending.variadic) pending = undefined;
      continue;
    }
    pending = undefined;
    const option = command.options.find(({ long, short }) => word === long || word === short);
    if (option) {
      if (option.required || option.optional) pending = option;
      continue;
    }
    const inner = command.commands.find((one) => one.name() === word || one.aliases().includes(word));
    if (!inner && command.commands.length > 0) return [];
    command = inner ?? command;
  }
  if (pending && !typed.startsWith("--")) return await ofValue(pending, before, poolWords);
  if (typed.startsWith("-"))
    return visibleOptions(command)
      .filter(({ long, variadic }) => variadic || !before.includes(long ?? ""))
      .map(({ long, description }) => ({ word: long ?? "", description }));
  const commands = command.createHelp().visibleCommands(command);
  if (commands.length > 0)
    return commands.map((one) => ({ word: one.name(), description: one.description() }));
  const choices = command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []);
  if (choices.length > 0) return words(choices);
  return command.registeredArguments.some((argument) => isFile(argument.name())) ? "files" : [];
}

const visibleOptions = (command: Command): readonly Option[] =>
  command
    .createHelp()
    .visibleOptions(command)
    .filter(({ long }) => Boolean(long));

/** Placeholders that name something in the file system. */
const isFile = (placeholder: string): boolean => /^(file|directory|place)$/i.test(placeholder);

async function ofValue(
  { argChoices, flags, long }: Option,
  before: readonly string[],
  poolWords: PoolWords,
): Promise<Completion> {
  if (argChoices) return words(argChoices);
  if (long === "--pool" || long === "--user-pool-id") {
    const pools = await poolWords(connectionOf(before));
    return long === "--pool" ? pools : pools.filter(isId);
  }
  return isFile(/<([^>]+)>/.exec(flags)?.[1] ?? "") ? "files" : [];
}
