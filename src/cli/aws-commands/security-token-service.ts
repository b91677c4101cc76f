import type { Shape } from "../../api/generated/constraints.ts";
import { commandName, type OperationModel, type ServiceModel } from "./service-model.ts";

const CREDENTIALS = { Credentials: "Credentials" };

/** Shapes of the actions below, from the service's documentation; lower bounds only, as nothing else is checked before a call. */
const shapes: Readonly<Record<string, Shape>> = {
  AssumeRoleRequest: {
    type: "structure",
    required: ["RoleArn", "RoleSessionName"],
    members: {
      RoleArn: "arnType",
      RoleSessionName: "shortNameType",
      PolicyArns: "policyDescriptorListType",
      Policy: "sessionPolicyType",
      DurationSeconds: "durationSecondsType",
      Tags: "tagListType",
      TransitiveTagKeys: "tagKeyListType",
      ExternalId: "shortNameType",
      SerialNumber: "serialNumberType",
      TokenCode: "tokenCodeType",
      SourceIdentity: "shortNameType",
      ProvidedContexts: "ProvidedContextsListType",
    },
  },
  AssumeRoleResponse: {
    type: "structure",
    members: {
      ...CREDENTIALS,
      AssumedRoleUser: "AssumedRoleUser",
      PackedPolicySize: "integerType",
      SourceIdentity: "textType",
    },
  },
  GetCallerIdentityRequest: { type: "structure", members: {} },
  GetCallerIdentityResponse: {
    type: "structure",
    members: { UserId: "textType", Account: "textType", Arn: "textType" },
  },
  GetSessionTokenRequest: {
    type: "structure",
    members: {
      DurationSeconds: "durationSecondsType",
      SerialNumber: "serialNumberType",
      TokenCode: "tokenCodeType",
    },
  },
  GetSessionTokenResponse: { type: "structure", members: CREDENTIALS },
  AssumedRoleUser: { type: "structure", members: { AssumedRoleId: "textType", Arn: "textType" } },
  Credentials: {
    type: "structure",
    members: {
      AccessKeyId: "textType",
      SecretAccessKey: "textType",
      SessionToken: "textType",
      Expiration: "dateType",
    },
  },
  PolicyDescriptorType: { type: "structure", members: { arn: "arnType" } },
  policyDescriptorListType: { type: "list", member: "PolicyDescriptorType" },
  Tag: { type: "structure", required: ["Key", "Value"], members: { Key: "tagKeyType", Value: "textType" } },
  tagListType: { type: "list", member: "Tag" },
  tagKeyListType: { type: "list", member: "tagKeyType" },
  tagKeyType: { type: "string", min: 1 },
  ProvidedContext: {
    type: "structure",
    members: { ProviderArn: "arnType", ContextAssertion: "contextAssertionType" },
  },
  ProvidedContextsListType: { type: "list", member: "ProvidedContext", min: 1 },
  contextAssertionType: { type: "string", min: 4 },
  arnType: { type: "string", min: 20 },
  shortNameType: { type: "string", min: 2 },
  sessionPolicyType: { type: "string", min: 1 },
  serialNumberType: { type: "string", min: 9 },
  tokenCodeType: { type: "string", min: 6 },
  durationSecondsType: { type: "integer", min: 900 },
  integerType: { type: "integer" },
  textType: { type: "string" },
  dateType: { type: "timestamp" },
};

const ACTIONS = ["AssumeRole", "GetCallerIdentity", "GetSessionToken"];

/** `sts`: the actions of the Security Token Service that this server has. */
export const securityTokenService: ServiceModel = {
  name: "sts",
  operations: new Map(
    ACTIONS.map((name): [string, OperationModel] => [
      commandName(name),
      { name, input: `${name}Request`, output: `${name}Response`, unsigned: false, pages: null },
    ]),
  ),
  shapes: () => shapes,
  protocol: "query",
  endpointName: "STS",
};
