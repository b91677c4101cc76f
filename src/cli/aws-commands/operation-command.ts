import { terminal } from "../terminal/terminal.ts";
import { checkParameters } from "./check-parameters.ts";
import { CommandFault, failure, parameterFault, unknownOptions } from "./faults.ts";
import { type GlobalOptions, isOutputForm, type OutputForm } from "./global-options.ts";
import { JsonFault, parseJson, printJson } from "./json-text.ts";
import {
  INPUT_JSON,
  MAX_ITEMS,
  memberOptions,
  operationOptions,
  PAGE_SIZE,
  SKELETON,
  STARTING_TOKEN,
} from "./operation-options.ts";
import { type Parsed, parseOptions } from "./option-parser.ts";
import { formatted } from "./output/format.ts";
import { type Page, pagesOf } from "./paging.ts";
import { ParameterFileFault, referredTo } from "./parameter-files.ts";
import { parameterValue } from "./parameter-values.ts";
import { type Profile, readProfile } from "./profile.ts";
import type { Query } from "./query/expression.ts";
import { caller } from "./server-call.ts";
import type { OperationModel, ServiceModel } from "./service-model.ts";
import { skeleton } from "./skeleton.ts";
import { Dictionary, isDictionary, plainText, typeName, type Value } from "./value.ts";

/** What stands above the words of the operation. */
export interface Surroundings {
  readonly service: ServiceModel;
  readonly options: GlobalOptions;
  /** Compiled from --query; null prints all. */
  readonly query: Query | null;
}

/** Runs the command of one operation: reads its options, calls the server and prints the result. @throws CommandFault */
export async function runOperation(
  operation: OperationModel,
  words: readonly string[],
  surroundings: Surroundings,
): Promise<void> {
  const { service, options } = surroundings;
  const shapes = service.shapes("input");
  if (words.length === 1 && words[0] === "help") {
    (await import("./help.ts")).printOperationHelp(service, operation);
    return;
  }
  const parsed = parseOptions(words, operationOptions(shapes, operation, words), {
    name: "help",
    required: false,
  });
  const { given } = parsed;
  const extra = given.get("help");
  const unknown = [...parsed.rest, ...(typeof extra === "string" && extra !== "" ? [extra] : [])];
  if (unknown.length > 0) throw unknownOptions(unknown);

  const paged = operation.pages !== null && options.paginate && !hasOwnPaging(operation, given);
  if (operation.pages && !paged) refusePageOptions(given);
  const parameters = readParameters(service, operation, given);
  const profile = await readProfile(options.profile, service.endpointName.toLowerCase());
  addInputJson(parameters, given);
  const form = outputForm(options, profile);
  if (given.get(SKELETON) === "input") {
    const value = operation.input === null ? new Dictionary() : skeleton(shapes, operation.input, false);
    process.stdout.write(`${printJson(value, { indent: 4, ascii: true })}\n`);
    return;
  }
  const check = () => {
    if (operation.input !== null) checkParameters(shapes, operation.input, parameters);
  };
  const call = caller(service, options, profile);
  const print = async (value: Value) => await printResult(value, operation.name, form, surroundings);
  if (given.get(SKELETON) === "output") {
    check();
    const output = operation.output;
    const epoch = form === "json" || form === "yaml" ? "1970-01-01T00:00:00" : "1970-01-01 00:00:00";
    await print(output === null ? new Dictionary() : skeleton(service.shapes("output"), output, true, epoch));
    return;
  }
  if (!paged || !operation.pages) {
    check();
    await print(await call(operation, parameters));
    return;
  }
  const request = pageRequest(given);
  if (request.maxItems !== undefined && request.maxItems <= 0)
    terminal.note("warning: Non-positive values for --max-items may result in undefined behavior.");
  const pages = pagesOf(operation.pages, request, parameters, async (current) => {
    if (operation.input !== null) checkParameters(shapes, operation.input, current);
    return await call(operation, current);
  });
  if (form === "text") await printPages(pages, operation.pages.resultKey, print);
  else await print(await wholeResult(pages, operation.pages.resultKey));
}

type GivenOptions = Parsed["given"];

/** Tokens and limits of the operation's own turn paging off. */
const hasOwnPaging = ({ pages }: OperationModel, given: GivenOptions): boolean =>
  pages !== null && (given.has(pages.token) || given.has(pages.limitKey));

function refusePageOptions(given: GivenOptions): void {
  const used = [STARTING_TOKEN, PAGE_SIZE, MAX_ITEMS].filter((key) => {
    const value = given.get(key);
    return key === STARTING_TOKEN ? Boolean(value) : value !== undefined && Number(value) !== 0;
  });
  if (used.length > 0)
    throw failure(
      `Error during pagination: Cannot specify --no-paginate along with pagination arguments: ${used.map((key) => `--${key}`).join(", ")}`,
    );
}

function pageRequest(given: GivenOptions) {
  const number = (key: string): number | undefined => {
    const value = given.get(key);
    return typeof value === "string" ? Number(value.trim().replaceAll("_", "")) : undefined;
  };
  const token = given.get(STARTING_TOKEN);
  return {
    maxItems: number(MAX_ITEMS),
    pageSize: number(PAGE_SIZE),
    startingToken: typeof token === "string" ? token : undefined,
  };
}

function readParameters(service: ServiceModel, operation: OperationModel, given: GivenOptions): Dictionary {
  const shapes = service.shapes("input");
  const parameters = new Dictionary();
  for (const { member, shape, name } of memberOptions(shapes, operation)) {
    const value = given.get(member);
    if (typeof value === "boolean") parameters.set(member, value);
    else if (value !== undefined) parameters.set(member, parameterValue(shapes, shape, value, `--${name}`));
  }
  return parameters;
}

/** Options win over the members of --cli-input-json. */
function addInputJson(parameters: Dictionary, given: GivenOptions): void {
  const text = given.get(INPUT_JSON);
  if (typeof text !== "string") return;
  let content = text;
  try {
    const read = referredTo(text);
    if (read instanceof Uint8Array) content = Buffer.from(read).toString("utf8");
    else if (read !== null) content = plainText(read);
  } catch (fault) {
    if (fault instanceof ParameterFileFault) throw parameterFault(`--${INPUT_JSON}`, fault.message);
    throw fault;
  }
  let input: Value;
  try {
    input = parseJson(content);
  } catch (fault) {
    if (!(fault instanceof JsonFault)) throw fault;
    throw parameterFault(INPUT_JSON, `Invalid JSON: ${fault.message}\nJSON received: ${content}`);
  }
  if (!isDictionary(input)) throw failure(`'${typeName(input)}' object has no attribute 'keys'`);
  for (const [name, value] of input) if (!parameters.has(name)) parameters.set(name, value);
}

function outputForm(options: GlobalOptions, profile: Profile): OutputForm {
  if (options.output) return options.output;
  const configured = profile.configuredOutput;
  if (configured === undefined) return "json";
  if (isOutputForm(configured)) return configured;
  throw failure(`Unknown output type: ${configured}`);
}

async function printResult(
  value: Value,
  title: string,
  form: OutputForm,
  { query, options }: Surroundings,
): Promise<void> {
  const found = query ? query(value) : value;
  const colour = options.color === "on" || (options.color === "auto" && terminal.colour);
  try {
    process.stdout.write(
      await formatted(form, found, { title, colour, columns: process.stdout.columns ?? 80 }),
    );
  } catch (fault) {
    throw fault instanceof CommandFault ? fault : failure((fault as Error).message);
  }
}

/** The pages as one answer. */
async function wholeResult(pages: AsyncIterable<Page>, resultKey: string): Promise<Dictionary> {
  const result = new Dictionary();
  const all: Value[] = [];
  for await (const { items, resumeToken } of pages) {
    if (items) {
      all.push(...items);
      result.set(resultKey, all);
    }
    if (resumeToken !== undefined) result.set("NextToken", resumeToken);
  }
  return result;
}

/** Text is printed, and searched, page by page; where to go on comes last. */
async function printPages(
  pages: AsyncIterable<Page>,
  resultKey: string,
  print: (value: Value) => Promise<void>,
): Promise<void> {
  for await (const { items, resumeToken } of pages) {
    await print(new Dictionary([[resultKey, items]]));
    if (resumeToken !== undefined)
      await print(new Dictionary([["NextToken", new Dictionary([["NextToken", resumeToken]])]]));
  }
}
