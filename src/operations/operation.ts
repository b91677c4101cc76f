import type { Input, OperationName, Output } from "../api/operation.ts";
import type { Services } from "../domain/services.ts";

/** Who calls, from where, and the services of this server: everything a handler may use besides its input. */
export interface OperationContext {
  /** UUID, returned as x-amzn-RequestId. */
  readonly requestId: string;
  /** The AWS region the call was signed for, or the configured one. Pools are visible only in their region. */
  readonly region: string;
  /** 12 digits. */
  readonly accountId: string;
  /** The address that the request came from: the client's, or that of a proxy in between. */
  readonly sourceIp: string | undefined;
  /** The User-Agent header. */
  readonly userAgent: string | undefined;
  /** `aws-sdk-<language>-<version>`: what functions are told of the caller's software. */
  readonly awsSdkVersion: string;
  readonly services: Services;
}

/** One API operation: validated input in, output in the wire's shape out. Throws a ServiceError to refuse. */
export type OperationHandler<N extends OperationName> = (
  input: Input<N>,
  context: OperationContext,
) => Promise<Output<N>>;
