import { AsyncLocalStorage } from "node:async_hooks";
import {
  type Attributes,
  type Context,
  defaultTextMapGetter,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { type ExportResult, ExportResultCode, W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import {
  defaultResource,
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
} from "@opentelemetry/resources";
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  type ReadableSpan,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { ServiceError } from "../../domain/errors.ts";
import { SECOND } from "../../runtime/clock.ts";
import type { Logger } from "../../runtime/logger.ts";
import type { RequestFacts, StepFacts, TellOfStep, Tracing } from "../../runtime/tracing.ts";

export interface TracingSettings {
  /** Where OTLP/HTTP takes traces, path and all. */
  readonly endpoint: string;
  /** The part of the traces begun here that is recorded: 0 to 1. */
  readonly sampleRatio: number;
  /** `service.name` */
  readonly serviceName: string;
}

export interface TracingParts {
  readonly logger: Logger;
  /** Tells this run of the server from others: `service.instance.id`. */
  readonly instanceId: string;
}

/** How long the end of the server waits for the collector. */
const CLOSING_MS = 3 * SECOND;

/** The request that the present work belongs to. */
interface UnderWay {
  readonly context: Context;
  readonly span: Span;
  /** Work that is still under way after the answer is no part of the request any more. */
  ended: boolean;
}

/**
 * Traces by OpenTelemetry, delivered by OTLP/HTTP in batches. Nothing is registered with the API's globals, so that nothing in the
 * process is traced but what is told here.
 */
export function openTelemetry(settings: TracingSettings, { logger, instanceId }: TracingParts): Tracing {
  const { endpoint, sampleRatio, serviceName } = settings;
  const exporter = reporting(new OTLPTraceExporter({ url: endpoint }), logger);
  const provider = new TracerProvider({
    resource: defaultResource()
      .merge(detectResources({ detectors: [resourceAttributesEnvDetector] }))
      .merge(resourceFromAttributes({ "service.name": serviceName, "service.instance.id": instanceId })),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampleRatio) }),
    spanProcessors: [new BatchSpanProcessor({ exporter })],
  });
  const tracer = provider.getTracer("cognate");
  const propagator = new W3CTraceContextPropagator();
  const current = new AsyncLocalStorage<UnderWay | null>();

  const requestUnderWay = (): UnderWay | null => {
    const one = current.getStore() ?? null;
    return one?.ended ? null : one;
  };

  return {
    async request(request, work) {
      const { method, requestId } = request;
      const context = propagator.extract(ROOT_CONTEXT, request.parent ?? {}, defaultTextMapGetter);
      const attributes = { "http.request.method": method, "aws.request_id": requestId };
      const span = tracer.startSpan(method, { kind: SpanKind.SERVER, attributes }, context);
      const underWay: UnderWay = { span, context: trace.setSpan(context, span), ended: false };
      try {
        const answered = await current.run(underWay, work);
        if (answered) describeRequest(span, answered);
        return answered;
      } finally {
        underWay.ended = true;
        span.end();
      }
    },

    note(facts) {
      const underWay = requestUnderWay();
      if (underWay) describeRequest(underWay.span, facts);
    },

    async step(step, work) {
      const underWay = requestUnderWay();
      if (!underWay && !step.leaves) return work(ignore);
      const { name, leaves, facts } = step;
      const span = tracer.startSpan(
        name,
        { kind: leaves ? SpanKind.CLIENT : SpanKind.INTERNAL, attributes: stepAttributes(facts) },
        underWay?.context ?? ROOT_CONTEXT,
      );
      const tell: TellOfStep = (more, failed) => {
        span.setAttributes(stepAttributes(more));
        if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
      };
      try {
        return await work(tell);
      } catch (fault) {
        describeFailure(span, fault);
        throw fault;
      } finally {
        span.end();
      }
    },

    apart: (begin) => current.run(null, begin),

    async close() {
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, CLOSING_MS);
      // What could not be delivered has been logged.
      await Promise.race([provider.shutdown().catch(ignore), late]);
      clearTimeout(timer);
    },
  };
}

const ignore = (): void => {};

function describeRequest(
  span: Span,
  { operation, status, errorCode, region, userPoolId }: RequestFacts,
): void {
  if (operation) {
    span.updateName(operation);
    span.setAttributes({ "rpc.system": "aws-api", "rpc.method": operation });
  }
  if (status !== undefined) span.setAttribute("http.response.status_code", status);
  if (errorCode) span.setAttribute("error.type", errorCode);
  if (region) span.setAttribute("cloud.region", region);
  if (userPoolId) span.setAttribute("cognate.user_pool.id", userPoolId);
  // By the semantic conventions a refusal is the caller's error and not the server's.
  if (status !== undefined && status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
}

const STEP_ATTRIBUTES: Readonly<Record<keyof StepFacts, string>> = {
  database: "db.system.name",
  attempts: "cognate.attempts",
  functionArn: "aws.lambda.invoked_arn",
  outcome: "cognate.outcome",
  channel: "cognate.channel",
  userPoolId: "cognate.user_pool.id",
};

const stepAttributes = (facts: StepFacts): Attributes =>
  Object.fromEntries(
    Object.entries(STEP_ATTRIBUTES).flatMap(([fact, attribute]) => {
      const value = facts[fact as keyof StepFacts];
      return value === undefined ? [] : [[attribute, value]];
    }),
  );

/** Its kind only: the messages of errors may repeat names and addresses. */
function describeFailure(span: Span, fault: unknown): void {
  const isRefusal = fault instanceof ServiceError;
  span.setAttribute("error.type", isRefusal ? fault.code : fault instanceof Error ? fault.name : "unknown");
  if (!isRefusal || fault.status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
}

/** Says in the log when traces begin to be lost and when they no longer are: not for each batch. */
function reporting(exporter: SpanExporter, logger: Logger): SpanExporter {
  let lost = 0;
  return {
    export(spans: ReadableSpan[], done: (result: ExportResult) => void) {
      exporter.export(spans, (result) => {
        if (result.code === ExportResultCode.SUCCESS) {
          if (lost > 0) logger.info("Traces are delivered again", { count: lost });
          lost = 0;
        } else {
          if (lost === 0) logger.warn("Traces cannot be delivered; they are lost until they can");
          lost += spans.length;
        }
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  };
}
