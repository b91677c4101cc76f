/** How many of each resource there may be; Cognito's default quotas unless the operator says otherwise. */
export interface Quotas {
  /** In one account and region. */
  readonly userPools: number;
  readonly clientsPerPool: number;
  readonly identityProvidersPerPool: number;
  readonly resourceServersPerPool: number;
  readonly groupsPerPool: number;
  readonly groupsPerUser: number;
}
