import type { IncomingMessage } from "node:http";
import type { Services } from "../../domain/services.ts";
import {
  LARGEST_FILE_BYTES,
  type LinkReading,
  readUploadLink,
  receiveImportFile,
  UPLOAD_PATH,
} from "../../domain/user-imports/index.ts";
import { MINUTE, SECOND } from "../../runtime/clock.ts";
import { emptyResponse, type HttpRequest, type HttpResponse, withCommonHeaders } from "../http-message.ts";
import { RequestAborted } from "../request-body.ts";

/** Milliseconds for a whole upload, and without a byte of it. */
const UPLOAD_MS = 15 * MINUTE;
const SILENCE_MS = 30 * SECOND;

type UploadServices = Pick<Services, "store" | "clock" | "identifiers" | "keyEncryptionKey">;

const PLACE = new RegExp(`^${UPLOAD_PATH}([\\w-]{1,55})/(import-[0-9a-zA-Z-]{1,48})$`);

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
const escaped = (text: string): string => text.replace(/[&<>]/g, (character) => ENTITIES[character] ?? "");

/** An error in the form of S3's. */
function xmlError(
  { requestId }: HttpRequest,
  status: number,
  code: string,
  message: string,
  details: Readonly<Record<string, string | number>> = {},
): HttpResponse {
  const elements = Object.entries({ Code: code, Message: message, ...details, RequestId: requestId });
  const body = elements.map(([name, value]) => `<${name}>${escaped(String(value))}</${name}>`).join("");
  return withCommonHeaders(
    {
      status,
      headers: { "Content-Type": "application/xml" },
      body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${body}</Error>`,
      errorCode: code,
      closesConnection: true,
    },
    { "x-amz-request-id": requestId },
  );
}

const tooLarge = (request: HttpRequest): HttpResponse =>
  xmlError(request, 400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", {
    MaxSizeAllowed: LARGEST_FILE_BYTES,
  });

const accessDenied = (request: HttpRequest): HttpResponse =>
  xmlError(request, 403, "AccessDenied", "Access Denied");

function linkRefusal(services: UploadServices, request: HttpRequest, link: LinkReading): HttpResponse | null {
  switch (link.kind) {
    case "valid":
      return null;
    case "forged":
      return xmlError(
        request,
        403,
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
      );
    case "expired":
      return xmlError(request, 403, "AccessDenied", "Request has expired", {
        "X-Amz-Expires": link.validitySeconds,
        Expires: new Date(link.expiredAt).toISOString(),
        ServerTime: new Date(services.clock.now()).toISOString(),
      });
  }
}

/** The body as it comes; the sender waits while a piece is stored. @throws RequestAborted when it ends early or stands still */
async function* bodyOf(message: IncomingMessage): AsyncGenerator<Uint8Array> {
  // Kept, for a message that is over has none any more.
  const { socket } = message;
  const giveUp = () => message.destroy(new RequestAborted());
  socket.setTimeout(SILENCE_MS, giveUp);
  try {
    // Left as it is when the rest is not wanted: the sender is still to be answered.
    yield* message.iterator({ destroyOnReturn: false });
  } catch {
    throw new RequestAborted();
  } finally {
    socket.setTimeout(0);
    socket.off("timeout", giveUp);
  }
}

/**
 * PUT of a CSV file to a job's PreSignedUrl, as S3 takes it. The link is the whole permission; headers such as
 * x-amz-server-side-encryption are accepted and change nothing, since every file is kept encrypted.
 */
export async function answerUpload(services: UploadServices, request: HttpRequest): Promise<HttpResponse> {
  const [, userPoolId, jobId] = PLACE.exec(request.path) ?? [];
  if (request.method !== "PUT")
    return xmlError(
      request,
      405,
      "MethodNotAllowed",
      "The specified method is not allowed against this resource.",
    );
  if (!userPoolId || !jobId) return accessDenied(request);
  const link = readUploadLink(services, userPoolId, jobId, new URLSearchParams(request.query));
  const refusal = linkRefusal(services, request, link);
  if (refusal) return refusal;
  if (Number(request.headers["content-length"] ?? 0) > LARGEST_FILE_BYTES) return tooLarge(request);
  request.allowMs(UPLOAD_MS);
  const result = await receiveImportFile(services, userPoolId, jobId, bodyOf(request.message));
  switch (result.kind) {
    case "stored":
      return emptyResponse(200, {
        "x-amz-request-id": request.requestId,
        "x-amz-server-side-encryption": "aws:kms",
      });
    case "refused":
      return accessDenied(request);
    case "too-large":
      return tooLarge(request);
  }
}
