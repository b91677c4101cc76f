import { Counter, collectDefaultMetrics, Histogram, Gauge as PromGauge, Registry } from "prom-client";
import type { Gauge, Metrics } from "../runtime/metrics.ts";

/** Upper bounds in seconds: from a read to a function that takes all of its time. */
const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const MS_PER_SECOND = 1000;

/** Metrics in Prometheus' text format. */
export interface Prometheus {
  readonly metrics: Metrics;
  readonly contentType: string;
  text(): Promise<string>;
}

/** Counts from now on. @param gauges read each time that the text is asked for */
export function prometheus(gauges: readonly Gauge[]): Prometheus {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Counter({
    name: "cognate_requests_total",
    help: "Answered requests by operation (other: anything but the API), HTTP status and exception",
    labelNames: ["operation", "status", "error"] as const,
    registers,
  });
  const durations = new Histogram({
    name: "cognate_request_duration_seconds",
    help: "From a request's headers to its answer, by operation",
    labelNames: ["operation"] as const,
    buckets: DURATION_BUCKETS,
    registers,
  });
  const signIns = new Counter({
    name: "cognate_sign_in_steps_total",
    help: "Steps of sign-ins by AuthFlow or answered challenge, and outcome: tokens, the next challenge, or the exception",
    labelNames: ["step", "outcome"] as const,
    registers,
  });
  const deliveries = new Counter({
    name: "cognate_messages_total",
    help: "Attempts to deliver messages by channel and outcome: sent, retried, given up",
    labelNames: ["channel", "outcome"] as const,
    registers,
  });
  const throttled = new Counter({
    name: "cognate_throttled_total",
    help: "Requests refused for their rate, by category, or what else had too many: SourceAddress, FailedSignIns, Client, User, UserPoolOperation",
    labelNames: ["category"] as const,
    registers,
  });
  const commits = new Histogram({
    name: "cognate_database_commit_units",
    help: "Writes that shared a commit of the embedded database",
    buckets: [1, 2, 4, 8, 16, 32, 64],
    registers,
  });
  const retries = new Counter({
    name: "cognate_database_retries_total",
    help: "Transactions that the database had run again, by reason",
    labelNames: ["reason"] as const,
    registers,
  });
  for (const { name, help, value } of gauges)
    new PromGauge({
      name,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    metrics: {
      answered({ operation, status, errorCode, durationMs }) {
        const name = operation ?? "other";
        requests.inc({ operation: name, status, error: errorCode ?? "" });
        durations.observe({ operation: name }, durationMs / MS_PER_SECOND);
      },
      signIn: (step) => signIns.inc({ ...step }),
      delivered: (channel, outcome) => deliveries.inc({ channel, outcome }),
      throttled: (category) => throttled.inc({ category }),
      committed: (units) => commits.observe(units),
      retried: (reason) => retries.inc({ reason }),
    },
  };
}
