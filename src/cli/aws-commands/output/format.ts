import type { OutputForm } from "../global-options.ts";
import { printJson } from "../json-text.ts";
import { isDictionary, type Value } from "../value.ts";

export interface Presentation {
  readonly title: string;
  readonly colour: boolean;
  readonly columns: number;
}

/** The text of a result; empty for one that has nothing to show. */
export async function formatted(form: OutputForm, value: Value, presentation: Presentation): Promise<string> {
  switch (form) {
    case "json":
      return isDictionary(value) && value.size === 0 ? "" : `${printJson(value, { indent: 4 })}\n`;
    case "text":
      return (await import("./text.ts")).textForm(value);
    case "table":
      return (await import("./table.ts")).tableForm(presentation.title, value, presentation);
    case "yaml":
      return isDictionary(value) && value.size === 0 ? "" : (await import("./yaml.ts")).yamlForm(value);
  }
}
