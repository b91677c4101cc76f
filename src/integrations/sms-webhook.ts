import type { Transport } from "./transport.ts";

const TIMEOUT_MS = 5_000;

/** SMS by one POST to a gateway: JSON {to, body, kind, userPoolId}; any 2xx answer counts as accepted. No redirects. */
export function smsWebhook(settings: {
  readonly webhookUrl: string;
  readonly token?: string | undefined;
}): Transport {
  return {
    async send(pool, message) {
      const response = await fetch(settings.webhookUrl, {
        method: "POST",
        redirect: "error",
        signal: AbortSignal.timeout(TIMEOUT_MS),
        headers: {
          "content-type": "application/json",
          ...(settings.token ? { authorization: `Bearer ${settings.token}` } : {}),
        },
        body: JSON.stringify({ to: message.to, body: message.body, kind: message.kind, userPoolId: pool.id }),
      });
      await response.body?.cancel();
      if (!response.ok) throw new Error(`The SMS gateway answered ${response.status}`);
    },
  };
}
