import { CELLS, CLIENTS, LIMITS, limitOf, ROWS } from "../../test/scenarios/flow-matrix/cells.ts";

/** Cells by flow, factor and client, and below why a client does not do what has none. */
export function flowTable(): string {
  const rows = ROWS.map((row) => {
    const cells = CLIENTS.map((client) => {
      const limit = limitOf(client, row);
      return limit === null ? "✓" : `– (${LIMITS.indexOf(limit) + 1})`;
    });
    return `| ${[row.flow, row.factor, ...cells].join(" | ")} |`;
  });
  return `Each of the ${CELLS.length} ticks is a test that signs in, or renews tokens, with the client as it is, and goes through every challenge
on the way. The app client allows that flow only, and refreshes. The factor is what comes after the flow's own proof; a remembered device takes the
place of the second factor. All run without a browser: passkeys are a software authenticator's, for Amplify behind a stand-in for
\`navigator.credentials\`.

| flow | factor | ${CLIENTS.join(" | ")} |
|---|---|${CLIENTS.map(() => "---|").join("")}
${rows.join("\n")}

What a client cannot do by itself:

${LIMITS.map(({ clients, why }, index) => `${index + 1}. ${clients.join(", ")}: ${why}.`).join("\n")}`;
}
