import type { Shape } from "../../api/generated/constraints.ts";
import type { Option } from "./option-parser.ts";
import { commandName, type OperationModel, shapeNamed, structureNamed } from "./service-model.ts";

type Shapes = Readonly<Record<string, Shape>>;

/** A member of the input, and the option that gives it. */
export interface MemberOption {
  /** As the API names it: `UserPoolId`. */
  readonly member: string;
  readonly shape: string;
  /** Without hyphens in front: `user-pool-id`. */
  readonly name: string;
}

export const memberOptions = (shapes: Shapes, { input }: OperationModel): readonly MemberOption[] =>
  input === null
    ? []
    : Object.entries(structureNamed(shapes, input).members).map(([member, shape]) => ({
        member,
        shape,
        name: commandName(member),
      }));

/** Keys of the options that every operation has, or every one with pages. They hold no capitals, as names of members do. */
export const INPUT_JSON = "cli-input-json";
export const SKELETON = "generate-cli-skeleton";
export const STARTING_TOKEN = "starting-token";
export const PAGE_SIZE = "page-size";
export const MAX_ITEMS = "max-items";

/**
 * The options of an operation: one for each member of its input, a pair for each that is true or false, and those of the command line.
 * @param words of the command line: with a whole input as JSON, or for a skeleton, no member is required
 */
export function operationOptions(
  shapes: Shapes,
  operation: OperationModel,
  words: readonly string[],
): readonly Option[] {
  const required = new Set(
    operation.input === null || needsNothing(words) ? [] : structureNamed(shapes, operation.input).required,
  );
  const members = memberOptions(shapes, operation).flatMap(({ member, shape, name }): Option[] => {
    const { type } = shapeNamed(shapes, shape);
    if (type === "boolean")
      return [
        { name: `--${name}`, key: member, takes: "true" },
        { name: `--no-${name}`, key: member, takes: "false" },
      ];
    return [
      {
        name: `--${name}`,
        key: member,
        takes: type === "list" ? "values" : "value",
        required: required.has(member),
      },
    ];
  });
  const always: Option[] = [
    { name: `--${INPUT_JSON}`, key: INPUT_JSON, takes: "value" },
    {
      name: `--${SKELETON}`,
      key: SKELETON,
      takes: "optional",
      choices: ["input", "output"],
      constant: "input",
    },
  ];
  const paging: Option[] = operation.pages
    ? [
        { name: `--${STARTING_TOKEN}`, key: STARTING_TOKEN, takes: "value" },
        { name: `--${PAGE_SIZE}`, key: PAGE_SIZE, takes: "value", integer: true },
        { name: `--${MAX_ITEMS}`, key: MAX_ITEMS, takes: "value", integer: true },
      ]
    : [];
  return [...members, ...always, ...paging];
}

function needsNothing(words: readonly string[]): boolean {
  if (words.includes(`--${INPUT_JSON}`)) return true;
  const at = words.indexOf(`--${SKELETON}`);
  return at >= 0 && words[at + 1] !== "output";
}
