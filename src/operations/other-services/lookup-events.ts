import type { AuditPosition, AuditQuery, FoundRecord } from "../../domain/audit/index.ts";
import {
  eventCategoryInvalid,
  lookupAttributesInvalid,
  lookupResultsOutOfRange,
  lookupTimesReversed,
  lookupTokenInvalid,
  ServiceError,
} from "../../domain/errors.ts";
import { page, pagePosition, pageToken } from "../../domain/paging/page-token.ts";
import { type Instant, SECOND } from "../../runtime/clock.ts";
import type { ServiceContext, ServiceOperation } from "./operation.ts";

const MOST = 50;
const LONGEST_VALUE = 2000;
/** Milliseconds either way that a Date can tell. */
const FARTHEST = 8.64e15;

/** What a record says that an event repeats. */
interface RecordContent {
  readonly eventName: string;
  readonly eventSource: string;
  readonly readOnly: boolean;
  readonly userIdentity: { readonly accessKeyId?: string };
  readonly additionalEventData?: {
    readonly userPoolId?: string;
    readonly sub?: string;
  };
}

const POOL = "AWS::Cognito::UserPool";
const USER = "AWS::Cognito::UserPoolUser";
const SUB = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What each attribute searches by; null where no record can have the value. */
const ATTRIBUTES: Readonly<Record<string, (value: string) => AuditQuery | null>> = {
  AccessKeyId: (accessKeyId) => ({ accessKeyId }),
  EventId: (id) => ({ id }),
  EventName: (operation) => ({ operation }),
  EventSource: (source) => ({ source }),
  ReadOnly: (value) => (value === "false" ? {} : null),
  ResourceName: (name) => (SUB.test(name) ? { sub: name } : { userPoolId: name }),
  ResourceType: (type) => (type === POOL ? { about: "pool" } : type === USER ? { about: "user" } : null),
  Username: (username) => ({ username }),
};

interface Attribute {
  readonly AttributeKey?: string;
  readonly AttributeValue?: string;
}

/** @throws InvalidLookupAttributesException */
function attributeQuery(attributes: readonly (Attribute | null)[]): AuditQuery | null {
  const [attribute] = attributes;
  if (attribute === undefined) return {};
  if (attributes.length > 1) throw lookupAttributesInvalid("You can only specify one lookup attribute.");
  const { AttributeKey: key = "", AttributeValue: value = "" } = attribute ?? {};
  const search = Object.hasOwn(ATTRIBUTES, key) ? ATTRIBUTES[key] : undefined;
  if (!search)
    throw lookupAttributesInvalid(
      `The lookup attribute key must be one of: ${Object.keys(ATTRIBUTES).join(", ")}.`,
    );
  if (value === "" || value.length > LONGEST_VALUE)
    throw lookupAttributesInvalid(`The value of ${key} must have 1 to ${LONGEST_VALUE} characters.`);
  return search(value);
}

/**
 * The time of an event is told in whole seconds: it is by these that both ends are included.
 * @throws InvalidTimeRangeException
 */
function timeQuery(start: number | undefined, end: number | undefined): AuditQuery {
  const isPossible = (seconds: number) => Math.abs(seconds * SECOND) <= FARTHEST;
  for (const time of [start, end]) if (time !== undefined && !isPossible(time)) throw lookupTimesReversed();
  if (start !== undefined && end !== undefined && start > end) throw lookupTimesReversed();
  return {
    ...(start === undefined ? {} : { from: (Math.ceil(start) * SECOND) as Instant }),
    ...(end === undefined ? {} : { until: ((Math.floor(end) + 1) * SECOND) as Instant }),
  };
}

/** @throws InvalidNextTokenException */
function positionOf(
  services: ServiceContext["services"],
  scope: readonly unknown[],
  token: string | undefined,
): AuditPosition | null {
  try {
    return pagePosition<AuditPosition>(services, scope, token);
  } catch (refusal) {
    throw refusal instanceof ServiceError ? lookupTokenInvalid() : refusal;
  }
}

function event({ id, occurredAt, record, username }: FoundRecord) {
  const {
    eventName,
    eventSource,
    readOnly,
    userIdentity,
    additionalEventData = {},
  }: RecordContent = JSON.parse(record);
  const { userPoolId, sub } = additionalEventData;
  return {
    EventId: id,
    EventName: eventName,
    ReadOnly: String(readOnly),
    AccessKeyId: userIdentity.accessKeyId,
    EventTime: Math.floor(occurredAt / SECOND),
    EventSource: eventSource,
    Username: username ?? undefined,
    Resources: [
      ...(userPoolId === undefined ? [] : [{ ResourceType: POOL, ResourceName: userPoolId }]),
      ...(sub === undefined ? [] : [{ ResourceType: USER, ResourceName: sub }]),
    ],
    CloudTrailEvent: record,
  };
}

interface Lookup {
  readonly LookupAttributes?: readonly (Attribute | null)[];
  readonly StartTime?: number;
  readonly EndTime?: number;
  readonly EventCategory?: string;
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

/**
 * CloudTrail's LookupEvents, as its documentation describes it, over the audit trail: the records of the caller's account in the
 * region that the call is signed for, newest first. They are not limited to 90 days.
 */
export const lookupEvents: ServiceOperation = {
  name: "LookupEvents",
  service: "cloudtrail",
  auditedAs: null,
  input: {
    LookupAttributes: {
      type: { listOf: { AttributeKey: { type: "string" }, AttributeValue: { type: "string" } } },
    },
    StartTime: { type: "timestamp" },
    EndTime: { type: "timestamp" },
    EventCategory: { type: "string" },
    MaxResults: { type: "integer" },
    NextToken: { type: "string" },
  },
  async invoke(input, { accountId, region, services }) {
    const lookup: Lookup = input;
    const { LookupAttributes = [], StartTime, EndTime, EventCategory, MaxResults = MOST, NextToken } = lookup;
    if (MaxResults < 1 || MaxResults > MOST) throw lookupResultsOutOfRange(MOST);
    if (EventCategory !== undefined && EventCategory !== "insight") throw eventCategoryInvalid();
    const wanted = attributeQuery(LookupAttributes);
    const times = timeQuery(StartTime, EndTime);
    const scope = ["LookupEvents", accountId, region, LookupAttributes, StartTime, EndTime, EventCategory];
    const after = positionOf(services, scope, NextToken);
    // There are no insights here: only calls are recorded.
    if (wanted === null || EventCategory === "insight") return { Events: [] };
    const query: AuditQuery = { ...wanted, ...times, place: { accountId, region } };
    const rows = await services.store.audit.search(query, after, MaxResults + 1);
    const { items, last } = page(rows, MaxResults);
    const { occurredAt, id } = last ?? {};
    return {
      Events: items.map(event),
      ...(last ? { NextToken: pageToken(services, scope, { occurredAt, id }) } : {}),
    };
  },
};
