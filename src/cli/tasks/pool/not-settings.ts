/**
 * Members of what the API shows of a pool that are no settings of it, each with the reason: they are neither compared nor copied. All
 * other members are, those of a newer model too. By the shapes of the model.
 */
export const NOT_SETTINGS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  UserPoolType: {
    Id: "given by the service",
    Arn: "given by the service",
    Name: "what the pools are told apart by",
    Status: "not used by the service",
    CreationDate: "given by the service",
    LastModifiedDate: "given by the service",
    EstimatedNumberOfUsers: "users are compared by themselves",
    SmsConfigurationFailure: "what became of messages",
    EmailConfigurationFailure: "what became of messages",
    SchemaAttributes: "compared attribute by attribute",
    Domain: "compared as a domain",
    CustomDomain: "compared as a domain",
  },
  GetUserPoolMfaConfigResponse: {},
  SchemaAttributeType: {},
  UserPoolClientType: {
    UserPoolId: "given by the service",
    ClientId: "given by the service",
    ClientName: "by which clients are found",
    CreationDate: "given by the service",
    LastModifiedDate: "given by the service",
    ClientType: "how the client came to be",
  },
  GroupType: {
    UserPoolId: "given by the service",
    GroupName: "by which groups are found",
    CreationDate: "given by the service",
    LastModifiedDate: "given by the service",
  },
  IdentityProviderType: {
    UserPoolId: "given by the service",
    ProviderName: "by which providers are found",
    CreationDate: "given by the service",
    LastModifiedDate: "given by the service",
  },
  ResourceServerType: {
    UserPoolId: "given by the service",
    Identifier: "by which resource servers are found",
    ManagedBy: "given by the service",
  },
  DomainDescriptionType: {
    UserPoolId: "given by the service",
    AWSAccountId: "of the account",
    S3Bucket: "of the service",
    CloudFrontDistribution: "of the service",
    Version: "given by the service",
    Status: "given by the service",
  },
  ManagedLoginBrandingType: {
    ManagedLoginBrandingId: "given by the service",
    UserPoolId: "given by the service",
    CreationDate: "given by the service",
    LastModifiedDate: "given by the service",
  },
  UICustomizationType: {
    UserPoolId: "given by the service",
    ClientId: "given by the service",
    ImageUrl: "an address of the service; the image there is compared",
    CSSVersion: "given by the service",
    CreationDate: "given by the service",
    LastModifiedDate: "given by the service",
  },
  TermsType: {
    TermsId: "given by the service",
    UserPoolId: "given by the service",
    ClientId: "given by the service",
    TermsName: "by which terms are found",
    CreationDate: "given by the service",
    LastModifiedDate: "given by the service",
  },
  RiskConfigurationType: {
    UserPoolId: "given by the service",
    ClientId: "given by the service",
    LastModifiedDate: "given by the service",
  },
  LogDeliveryConfigurationType: { UserPoolId: "given by the service" },
  GetUserPoolSessionConfigurationResponse: { UserPoolId: "given by the service" },
  GetUserPoolClientSessionConfigurationResponse: {
    UserPoolId: "given by the service",
    ClientId: "given by the service",
  },
};

/**
 * What a request that makes a part of a copy has beside the settings that are shown under the same name, each with where it comes from.
 */
export const MADE_OTHERWISE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  CreateUserPoolRequest: {
    PoolName: "the copy's name, else Name",
    Schema: "SchemaAttributes: standard attributes that were changed; custom ones by AddCustomAttributes",
    MfaConfiguration: "by SetUserPoolMfaConfig, once what it needs is there",
    LambdaConfig: "by UpdateUserPool at the end, when it is asked for",
  },
  UpdateUserPoolRequest: {
    UserPoolId: "the copy",
    PoolName: "kept as the copy's is",
  },
  SetUserPoolMfaConfigRequest: { UserPoolId: "the copy" },
  CreateUserPoolClientRequest: {
    UserPoolId: "the copy",
    ClientName: "as the client's",
    GenerateSecret: "never: the secret is that of the client",
  },
  UpdateUserPoolClientRequest: {
    UserPoolId: "the copy",
    ClientId: "the copy's",
    ClientName: "as the client's",
  },
  CreateGroupRequest: { UserPoolId: "the copy", GroupName: "as the group's" },
  CreateIdentityProviderRequest: { UserPoolId: "the copy", ProviderName: "as the provider's" },
  CreateResourceServerRequest: { UserPoolId: "the copy", Identifier: "as the resource server's" },
  CreateUserPoolDomainRequest: { UserPoolId: "the copy" },
  CreateManagedLoginBrandingRequest: { UserPoolId: "the copy", ClientId: "the copy's client" },
  SetUICustomizationRequest: {
    UserPoolId: "the copy",
    ClientId: "the copy's client, or ALL",
    ImageFile: "what is at ImageUrl",
  },
  CreateTermsRequest: { UserPoolId: "the copy", ClientId: "the copy's client", TermsName: "as the terms'" },
  SetRiskConfigurationRequest: { UserPoolId: "the copy", ClientId: "the copy's client" },
  SetLogDeliveryConfigurationRequest: { UserPoolId: "the copy" },
  SetUserPoolSessionConfigurationRequest: { UserPoolId: "the copy" },
  SetUserPoolClientSessionConfigurationRequest: { UserPoolId: "the copy", ClientId: "the copy's client" },
};
