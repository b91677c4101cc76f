import { memberOptions } from "./operation-options.ts";
import { type OperationModel, type ServiceModel, shapeNamed, structureNamed } from "./service-model.ts";

/** `cognate cognito-idp help`. */
export function printServiceHelp({ name, operations }: ServiceModel): void {
  const commands = [...operations.keys()].map((command) => `  ${command}\n`).join("");
  process.stdout.write(`usage: cognate ${name} <subcommand> [parameters]\n\nsubcommands:\n${commands}`);
}

/** `cognate cognito-idp <subcommand> help`: its options, those that are required first named without brackets. */
export function printOperationHelp(service: ServiceModel, operation: OperationModel): void {
  const shapes = service.shapes("input");
  const required = new Set(operation.input === null ? [] : structureNamed(shapes, operation.input).required);
  const [command = ""] = [...service.operations].find(([, model]) => model === operation) ?? [];
  const lines = memberOptions(shapes, operation).map(({ member, shape, name }) => {
    const { type } = shapeNamed(shapes, shape);
    const option = type === "boolean" ? `--${name} | --no-${name}` : `--${name} <${type}>`;
    return required.has(member) ? `  ${option}\n` : `  [${option}]\n`;
  });
  const own = [
    ...(operation.pages
      ? ["--starting-token <string>", "--page-size <integer>", "--max-items <integer>"]
      : []),
    "--cli-input-json <json or file://…>",
    "--generate-cli-skeleton [input|output]",
  ].map((option) => `  [${option}]\n`);
  process.stdout.write(
    `usage: cognate ${service.name} ${command} [parameters]\n\nparameters:\n${[...lines, ...own].join("")}`,
  );
}
