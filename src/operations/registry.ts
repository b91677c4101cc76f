import type { OperationName } from "../api/operation.ts";
import { operationNotBuilt } from "../domain/errors.ts";
import { adminInitiateAuth } from "./authentication/admin-initiate-auth.ts";
import { adminRespondToAuthChallenge } from "./authentication/admin-respond-to-auth-challenge.ts";
import { associateSoftwareToken } from "./authentication/associate-software-token.ts";
import { completeWebAuthnRegistration } from "./authentication/complete-web-authn-registration.ts";
import { deleteWebAuthnCredential } from "./authentication/delete-web-authn-credential.ts";
import { getTokensFromRefreshToken } from "./authentication/get-tokens-from-refresh-token.ts";
import { getUserAuthFactors } from "./authentication/get-user-auth-factors.ts";
import { initiateAuth } from "./authentication/initiate-auth.ts";
import { listWebAuthnCredentials } from "./authentication/list-web-authn-credentials.ts";
import { respondToAuthChallenge } from "./authentication/respond-to-auth-challenge.ts";
import { revokeToken } from "./authentication/revoke-token.ts";
import { startWebAuthnRegistration } from "./authentication/start-web-authn-registration.ts";
import { verifySoftwareToken } from "./authentication/verify-software-token.ts";
import { createUserPoolClient } from "./clients/create-user-pool-client.ts";
import { deleteUserPoolClient } from "./clients/delete-user-pool-client.ts";
import { describeUserPoolClient } from "./clients/describe-user-pool-client.ts";
import { listUserPoolClients } from "./clients/list-user-pool-clients.ts";
import { updateUserPoolClient } from "./clients/update-user-pool-client.ts";
import { adminForgetDevice } from "./devices/admin-forget-device.ts";
import { adminGetDevice } from "./devices/admin-get-device.ts";
import { adminListDevices } from "./devices/admin-list-devices.ts";
import { adminUpdateDeviceStatus } from "./devices/admin-update-device-status.ts";
import { confirmDevice } from "./devices/confirm-device.ts";
import { forgetDevice } from "./devices/forget-device.ts";
import { getDevice } from "./devices/get-device.ts";
import { listDevices } from "./devices/list-devices.ts";
import { updateDeviceStatus } from "./devices/update-device-status.ts";
import { adminAddUserToGroup } from "./groups/admin-add-user-to-group.ts";
import { adminListGroupsForUser } from "./groups/admin-list-groups-for-user.ts";
import { adminRemoveUserFromGroup } from "./groups/admin-remove-user-from-group.ts";
import { createGroup } from "./groups/create-group.ts";
import { deleteGroup } from "./groups/delete-group.ts";
import { getGroup } from "./groups/get-group.ts";
import { listGroups } from "./groups/list-groups.ts";
import { listUsersInGroup } from "./groups/list-users-in-group.ts";
import { updateGroup } from "./groups/update-group.ts";
import type { OperationHandler } from "./operation.ts";
import { createUserImportJob } from "./user-imports/create-user-import-job.ts";
import { describeUserImportJob } from "./user-imports/describe-user-import-job.ts";
import { getCsvHeader } from "./user-imports/get-csv-header.ts";
import { listUserImportJobs } from "./user-imports/list-user-import-jobs.ts";
import { startUserImportJob } from "./user-imports/start-user-import-job.ts";
import { stopUserImportJob } from "./user-imports/stop-user-import-job.ts";
import { addCustomAttributes } from "./user-pools/add-custom-attributes.ts";
import { createUserPool } from "./user-pools/create-user-pool.ts";
import { deleteUserPool } from "./user-pools/delete-user-pool.ts";
import { describeUserPool } from "./user-pools/describe-user-pool.ts";
import { getUserPoolMfaConfig } from "./user-pools/get-user-pool-mfa-config.ts";
import { listUserPools } from "./user-pools/list-user-pools.ts";
import { setUserPoolMfaConfig } from "./user-pools/set-user-pool-mfa-config.ts";
import { updateUserPool } from "./user-pools/update-user-pool.ts";
import { adminConfirmSignUp } from "./users/admin-confirm-sign-up.ts";
import { adminCreateUser } from "./users/admin-create-user.ts";
import { adminDeleteUser } from "./users/admin-delete-user.ts";
import { adminDeleteUserAttributes } from "./users/admin-delete-user-attributes.ts";
import { adminDisableUser } from "./users/admin-disable-user.ts";
import { adminEnableUser } from "./users/admin-enable-user.ts";
import { adminGetUser } from "./users/admin-get-user.ts";
import { adminResetUserPassword } from "./users/admin-reset-user-password.ts";
import { adminSetUserMfaPreference } from "./users/admin-set-user-mfa-preference.ts";
import { adminSetUserPassword } from "./users/admin-set-user-password.ts";
import { adminUpdateUserAttributes } from "./users/admin-update-user-attributes.ts";
import { adminUserGlobalSignOut } from "./users/admin-user-global-sign-out.ts";
import { changePassword } from "./users/change-password.ts";
import { confirmForgotPassword } from "./users/confirm-forgot-password.ts";
import { confirmSignUp } from "./users/confirm-sign-up.ts";
import { deleteUser } from "./users/delete-user.ts";
import { deleteUserAttributes } from "./users/delete-user-attributes.ts";
import { forgotPassword } from "./users/forgot-password.ts";
import { getUser } from "./users/get-user.ts";
import { getUserAttributeVerificationCode } from "./users/get-user-attribute-verification-code.ts";
import { globalSignOut } from "./users/global-sign-out.ts";
import { listUsers } from "./users/list-users.ts";
import { resendConfirmationCode } from "./users/resend-confirmation-code.ts";
import { setUserMfaPreference } from "./users/set-user-mfa-preference.ts";
import { signUp } from "./users/sign-up.ts";
import { updateUserAttributes } from "./users/update-user-attributes.ts";
import { verifyUserAttribute } from "./users/verify-user-attribute.ts";

const notBuiltOperations = new Set<OperationName>();

/** Says in clear words that this version does not carry the operation out; listed as such in docs/compatibility.md. */
function notBuilt<N extends OperationName>(name: N): OperationHandler<N> {
  notBuiltOperations.add(name);
  return () => Promise.reject(operationNotBuilt(name));
}

/** Every operation of the API model, one line each: a new one in the model does not compile until it stands here. */
export const handlers: { readonly [N in OperationName]: OperationHandler<N> } = {
  AddCustomAttributes: addCustomAttributes,
  AddUserPoolClientSecret: notBuilt("AddUserPoolClientSecret"),
  AdminAddUserToGroup: adminAddUserToGroup,
  AdminConfirmSignUp: adminConfirmSignUp,
  AdminCreateUser: adminCreateUser,
  AdminDeleteSoftwareToken: notBuilt("AdminDeleteSoftwareToken"),
  AdminDeleteUser: adminDeleteUser,
  AdminDeleteUserAttributes: adminDeleteUserAttributes,
  AdminDisableProviderForUser: notBuilt("AdminDisableProviderForUser"),
  AdminDisableUser: adminDisableUser,
  AdminEnableUser: adminEnableUser,
  AdminForgetDevice: adminForgetDevice,
  AdminGetDevice: adminGetDevice,
  AdminGetUser: adminGetUser,
  AdminGetUserAuthFactors: notBuilt("AdminGetUserAuthFactors"),
  AdminInitiateAuth: adminInitiateAuth,
  AdminLinkProviderForUser: notBuilt("AdminLinkProviderForUser"),
  AdminListDevices: adminListDevices,
  AdminListGroupsForUser: adminListGroupsForUser,
  AdminListUserAuthEvents: notBuilt("AdminListUserAuthEvents"),
  AdminListUserSessions: notBuilt("AdminListUserSessions"),
  AdminRemoveUserFromGroup: adminRemoveUserFromGroup,
  AdminResetUserPassword: adminResetUserPassword,
  AdminRespondToAuthChallenge: adminRespondToAuthChallenge,
  AdminRevokeUserSession: notBuilt("AdminRevokeUserSession"),
  AdminSetUserMFAPreference: adminSetUserMfaPreference,
  AdminSetUserPassword: adminSetUserPassword,
  AdminSetUserSettings: notBuilt("AdminSetUserSettings"),
  AdminUpdateAuthEventFeedback: notBuilt("AdminUpdateAuthEventFeedback"),
  AdminUpdateDeviceStatus: adminUpdateDeviceStatus,
  AdminUpdateUserAttributes: adminUpdateUserAttributes,
  AdminUserGlobalSignOut: adminUserGlobalSignOut,
  AssociateSoftwareToken: associateSoftwareToken,
  ChangePassword: changePassword,
  CompleteWebAuthnRegistration: completeWebAuthnRegistration,
  ConfirmDevice: confirmDevice,
  ConfirmForgotPassword: confirmForgotPassword,
  ConfirmSignUp: confirmSignUp,
  CreateGroup: createGroup,
  CreateIdentityProvider: notBuilt("CreateIdentityProvider"),
  CreateManagedLoginBranding: notBuilt("CreateManagedLoginBranding"),
  CreateResourceServer: notBuilt("CreateResourceServer"),
  CreateTerms: notBuilt("CreateTerms"),
  CreateUserImportJob: createUserImportJob,
  CreateUserPool: createUserPool,
  CreateUserPoolClient: createUserPoolClient,
  CreateUserPoolDomain: notBuilt("CreateUserPoolDomain"),
  CreateUserPoolReplica: notBuilt("CreateUserPoolReplica"),
  DeleteGroup: deleteGroup,
  DeleteIdentityProvider: notBuilt("DeleteIdentityProvider"),
  DeleteManagedLoginBranding: notBuilt("DeleteManagedLoginBranding"),
  DeleteResourceServer: notBuilt("DeleteResourceServer"),
  DeleteTerms: notBuilt("DeleteTerms"),
  DeleteUser: deleteUser,
  DeleteUserAttributes: deleteUserAttributes,
  DeleteUserPool: deleteUserPool,
  DeleteUserPoolClient: deleteUserPoolClient,
  DeleteUserPoolClientSecret: notBuilt("DeleteUserPoolClientSecret"),
  DeleteUserPoolDomain: notBuilt("DeleteUserPoolDomain"),
  DeleteUserPoolReplica: notBuilt("DeleteUserPoolReplica"),
  DeleteWebAuthnCredential: deleteWebAuthnCredential,
  DescribeIdentityProvider: notBuilt("DescribeIdentityProvider"),
  DescribeManagedLoginBranding: notBuilt("DescribeManagedLoginBranding"),
  DescribeManagedLoginBrandingByClient: notBuilt("DescribeManagedLoginBrandingByClient"),
  DescribeResourceServer: notBuilt("DescribeResourceServer"),
  DescribeRiskConfiguration: notBuilt("DescribeRiskConfiguration"),
  DescribeTerms: notBuilt("DescribeTerms"),
  DescribeTermsByClient: notBuilt("DescribeTermsByClient"),
  DescribeUserImportJob: describeUserImportJob,
  DescribeUserPool: describeUserPool,
  DescribeUserPoolClient: describeUserPoolClient,
  DescribeUserPoolDomain: notBuilt("DescribeUserPoolDomain"),
  ForgetDevice: forgetDevice,
  ForgotPassword: forgotPassword,
  GetCSVHeader: getCsvHeader,
  GetClientToken: notBuilt("GetClientToken"),
  GetDevice: getDevice,
  GetGroup: getGroup,
  GetIdentityProviderByIdentifier: notBuilt("GetIdentityProviderByIdentifier"),
  GetLogDeliveryConfiguration: notBuilt("GetLogDeliveryConfiguration"),
  GetProvisionedLimit: notBuilt("GetProvisionedLimit"),
  GetSigningCertificate: notBuilt("GetSigningCertificate"),
  GetTokensFromRefreshToken: getTokensFromRefreshToken,
  GetUICustomization: notBuilt("GetUICustomization"),
  GetUser: getUser,
  GetUserAttributeVerificationCode: getUserAttributeVerificationCode,
  GetUserAuthFactors: getUserAuthFactors,
  GetUserPoolClientSessionConfiguration: notBuilt("GetUserPoolClientSessionConfiguration"),
  GetUserPoolMfaConfig: getUserPoolMfaConfig,
  GetUserPoolSessionConfiguration: notBuilt("GetUserPoolSessionConfiguration"),
  GlobalSignOut: globalSignOut,
  InitiateAuth: initiateAuth,
  ListDevices: listDevices,
  ListGroups: listGroups,
  ListIdentityProviders: notBuilt("ListIdentityProviders"),
  ListResourceServers: notBuilt("ListResourceServers"),
  ListTagsForResource: notBuilt("ListTagsForResource"),
  ListTerms: notBuilt("ListTerms"),
  ListUserImportJobs: listUserImportJobs,
  ListUserPoolClientSecrets: notBuilt("ListUserPoolClientSecrets"),
  ListUserPoolClients: listUserPoolClients,
  ListUserPoolReplicas: notBuilt("ListUserPoolReplicas"),
  ListUserPools: listUserPools,
  ListUserSessions: notBuilt("ListUserSessions"),
  ListUsers: listUsers,
  ListUsersInGroup: listUsersInGroup,
  ListWebAuthnCredentials: listWebAuthnCredentials,
  ResendConfirmationCode: resendConfirmationCode,
  RespondToAuthChallenge: respondToAuthChallenge,
  RevokeToken: revokeToken,
  RevokeUserSession: notBuilt("RevokeUserSession"),
  SetLogDeliveryConfiguration: notBuilt("SetLogDeliveryConfiguration"),
  SetRiskConfiguration: notBuilt("SetRiskConfiguration"),
  SetUICustomization: notBuilt("SetUICustomization"),
  SetUserMFAPreference: setUserMfaPreference,
  SetUserPoolClientSessionConfiguration: notBuilt("SetUserPoolClientSessionConfiguration"),
  SetUserPoolMfaConfig: setUserPoolMfaConfig,
  SetUserPoolSessionConfiguration: notBuilt("SetUserPoolSessionConfiguration"),
  SetUserSettings: notBuilt("SetUserSettings"),
  SignUp: signUp,
  StartUserImportJob: startUserImportJob,
  StartWebAuthnRegistration: startWebAuthnRegistration,
  StopUserImportJob: stopUserImportJob,
  TagResource: notBuilt("TagResource"),
  UntagResource: notBuilt("UntagResource"),
  UpdateAuthEventFeedback: notBuilt("UpdateAuthEventFeedback"),
  UpdateDeviceStatus: updateDeviceStatus,
  UpdateGroup: updateGroup,
  UpdateIdentityProvider: notBuilt("UpdateIdentityProvider"),
  UpdateManagedLoginBranding: notBuilt("UpdateManagedLoginBranding"),
  UpdateProvisionedLimit: notBuilt("UpdateProvisionedLimit"),
  UpdateResourceServer: notBuilt("UpdateResourceServer"),
  UpdateTerms: notBuilt("UpdateTerms"),
  UpdateUserAttributes: updateUserAttributes,
  UpdateUserPool: updateUserPool,
  UpdateUserPoolClient: updateUserPoolClient,
  UpdateUserPoolDomain: notBuilt("UpdateUserPoolDomain"),
  UpdateUserPoolReplica: notBuilt("UpdateUserPoolReplica"),
  VerifySoftwareToken: verifySoftwareToken,
  VerifyUserAttribute: verifyUserAttribute,
};

export const isBuilt = (name: OperationName): boolean => !notBuiltOperations.has(name);
