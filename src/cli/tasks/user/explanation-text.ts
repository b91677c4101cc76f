import type { ExplainedSignIn, ExplainedStep, Explanation } from "../../../domain/explanation/index.ts";
import type { Connection } from "../../connection/connection.ts";
import { isAmazon } from "../../connection/endpoint.ts";
import { visible } from "../../terminal/visible.ts";

const BOLD = "\u001b[1m";
const RED = "\u001b[31m";
const GREEN = "\u001b[32m";
const PLAIN = "\u001b[0m";
const LONGEST_HISTORY = 20;

const time = (seconds: number): string => `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;

/** The steps on one line, what each offers in brackets. */
const course = (steps: readonly ExplainedStep[], end: string): string =>
  [
    ...steps.map(({ Challenge, Options }) =>
      Options?.length ? `${Challenge} [${Options.join(", ")}]` : Challenge,
    ),
    end,
  ].join(" → ");

/** The client does not allow the flow at all. */
const isNotEnabled = ({ Steps, Error: error }: ExplainedSignIn): boolean =>
  Steps.length === 0 && /not enabled for/.test(error?.Message ?? "");

function signInLines(signIns: readonly ExplainedSignIn[]): string[] {
  const widest = Math.max(...signIns.map(({ AuthFlow }) => AuthFlow.length));
  const clients = Map.groupBy(signIns, ({ ClientName, ClientId }) => `${ClientName} (${ClientId})`);
  return [...clients].flatMap(([client, flows]) => [
    `  ${client}`,
    ...flows
      .filter((flow) => !isNotEnabled(flow))
      .flatMap(({ AuthFlow, Steps, StepsOnRememberedDevice, Outcome, Error: error }) => {
        const name = AuthFlow.padEnd(widest);
        const end = Outcome === "TOKENS" ? "tokens" : `refused: ${error?.Code}: ${error?.Message}`;
        return [
          `    ${name}  ${course(Steps, end)}`,
          ...(StepsOnRememberedDevice
            ? [`    ${" ".repeat(widest)}  on a remembered device: ${course(StepsOnRememberedDevice, end)}`]
            : []),
        ];
      }),
    ...(flows.some(isNotEnabled)
      ? [
          `    not enabled: ${flows
            .filter(isNotEnabled)
            .map(({ AuthFlow }) => AuthFlow)
            .join(", ")}`,
        ]
      : []),
  ]);
}

/**
 * An explanation for people. Commands are made whole by the address of the server that they are for.
 * @param colour see terminal.colour
 */
export function explanationText(
  given: Explanation,
  connection: Pick<Connection, "endpoint" | "region">,
  poolName: string,
  colour: boolean,
): string {
  const style = (codes: string, text: string) => (colour ? `${codes}${text}${PLAIN}` : text);
  const explanation: Explanation = JSON.parse(JSON.stringify(given), (_, value: unknown) =>
    typeof value === "string" ? visible(value) : value,
  );
  const { Username, UserStatus, Enabled, Obstacles, SignIns, Recovery, History, Unknowns } = explanation;
  const { UserPoolId, Summary, CanSignIn, UserCreateDate, UserLastModifiedDate } = explanation;
  const { endpoint, region } = connection;
  const at = isAmazon(endpoint)
    ? ` --region ${region}`
    : ` --region ${region} --endpoint-url ${endpoint.origin}`;
  const title = (text: string) => ["", style(BOLD, text)];
  const lines = [
    style(BOLD, `${Username}: ${UserStatus}, ${Enabled ? "enabled" : "disabled"}`),
    `  user pool ${poolName} (${UserPoolId}); created ${time(UserCreateDate)}, last changed ${time(UserLastModifiedDate)}`,
    `  ${style(CanSignIn ? GREEN : RED, Summary)}`,
    ...(Obstacles.length > 0 ? title("In the way") : []),
    ...Obstacles.flatMap(({ Reason, Blocks, Explanation: text, Commands }) => [
      `  ${style(Blocks ? RED : BOLD, Reason)}: ${text}`,
      ...Commands.flatMap(({ Purpose, Command }) => [`      ${Purpose}:`, `        ${Command}${at}`]),
    ]),
    ...(SignIns.length > 0 ? title("The next sign-in, with every answer right") : []),
    ...signInLines(SignIns),
    ...title("A forgotten password"),
    Recovery.Possible
      ? `  ForgotPassword sends a code to ${Recovery.Destination}`
      : `  ForgotPassword is refused: ${Recovery.Error?.Code}: ${Recovery.Error?.Message}`,
    ...(History ? title("How it came about, newest last") : []),
    ...(History ?? [])
      .slice(-LONGEST_HISTORY)
      .map(({ EventName, EventTime, Count, Principal, ErrorCode }) => {
        const times = Count > 1 ? ` ×${Count}` : "";
        return `  ${time(EventTime)}  ${EventName}${times}  ${Principal}${ErrorCode ? `  ${ErrorCode}` : ""}`;
      }),
    ...(Unknowns.length > 0 ? title("Not known here") : []),
    ...Unknowns.map((text) => `  ${text}`),
  ];
  return lines.join("\n");
}
