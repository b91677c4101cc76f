import type { Option, Parsed } from "./option-parser.ts";

export type OutputForm = "json" | "text" | "table" | "yaml";

const OUTPUT_FORMS: readonly OutputForm[] = ["json", "text", "table", "yaml"];

/** Options that every command takes, before or after its words. */
export const GLOBAL_OPTIONS: readonly Option[] = [
  { name: "--debug", key: "debug", takes: "true" },
  { name: "--endpoint-url", key: "endpointUrl", takes: "value" },
  { name: "--no-verify-ssl", key: "verify", takes: "false" },
  { name: "--no-paginate", key: "paginate", takes: "false" },
  { name: "--output", key: "output", takes: "value", choices: OUTPUT_FORMS },
  { name: "--query", key: "query", takes: "value" },
  { name: "--profile", key: "profile", takes: "value" },
  { name: "--region", key: "region", takes: "value" },
  { name: "--version", key: "version", takes: "true" },
  { name: "--color", key: "color", takes: "value", choices: ["on", "off", "auto"] },
  { name: "--no-sign-request", key: "sign", takes: "false" },
  { name: "--ca-bundle", key: "caBundle", takes: "value" },
  { name: "--cli-read-timeout", key: "readTimeout", takes: "value" },
  { name: "--cli-connect-timeout", key: "connectTimeout", takes: "value" },
  { name: "--no-cli-pager", key: "pager", takes: "false" },
];

export interface GlobalOptions {
  readonly endpointUrl: string | undefined;
  readonly verify: boolean;
  readonly paginate: boolean;
  readonly output: OutputForm | undefined;
  readonly query: string | undefined;
  readonly profile: string | undefined;
  readonly region: string | undefined;
  readonly color: "on" | "off" | "auto";
  readonly sign: boolean;
  readonly caBundle: string | undefined;
  /** Seconds; 0 waits without end. */
  readonly readTimeout: number;
  readonly connectTimeout: number;
}

const USUAL_TIMEOUT_S = 60;

export function globalOptions({ given }: Parsed): GlobalOptions {
  const text = (key: string): string | undefined => {
    const value = given.get(key);
    return typeof value === "string" ? value : undefined;
  };
  return {
    endpointUrl: text("endpointUrl"),
    verify: given.get("verify") !== false,
    paginate: given.get("paginate") !== false,
    output: OUTPUT_FORMS.find((form) => form === text("output")),
    query: text("query"),
    profile: text("profile"),
    region: text("region"),
    color: (["on", "off"] as const).find((choice) => choice === text("color")) ?? "auto",
    sign: given.get("sign") !== false,
    caBundle: text("caBundle"),
    readTimeout: Number(text("readTimeout") ?? USUAL_TIMEOUT_S),
    connectTimeout: Number(text("connectTimeout") ?? USUAL_TIMEOUT_S),
  };
}

/** Whether a text names an output form, for settings that come from elsewhere. */
export const isOutputForm = (text: string): text is OutputForm => OUTPUT_FORMS.some((form) => form === text);
