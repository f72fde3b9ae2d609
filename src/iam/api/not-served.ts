/**
 * Operations of IAM that are known and not served, by what they are about. They are answered
 * NotImplemented by name, so that a client learns that the operation exists but not here; names
 * that IAM itself does not know are answered InvalidAction.
 */
const NOT_SERVED_BY_SUBJECT: Readonly<Record<string, readonly string[]>> = {
  'server certificates': [
    'DeleteServerCertificate',
    'GetServerCertificate',
    'ListServerCertificateTags',
    'TagServerCertificate',
    'UntagServerCertificate',
    'UpdateServerCertificate',
    'UploadServerCertificate',
  ],
  'signing certificates': [
    'DeleteSigningCertificate',
    'UpdateSigningCertificate',
    'UploadSigningCertificate',
  ],
  'SSH public keys': [
    'DeleteSSHPublicKey',
    'GetSSHPublicKey',
    'UpdateSSHPublicKey',
    'UploadSSHPublicKey',
  ],
  'service-specific credentials': [
    'CreateServiceSpecificCredential',
    'DeleteServiceSpecificCredential',
    'ResetServiceSpecificCredential',
    'UpdateServiceSpecificCredential',
  ],
  'service-linked roles': [
    'CreateServiceLinkedRole',
    'DeleteServiceLinkedRole',
    'GetServiceLinkedRoleDeletionStatus',
  ],
  'SAML providers': [
    'CreateSAMLProvider',
    'DeleteSAMLProvider',
    'GetSAMLProvider',
    'ListSAMLProviderTags',
    'TagSAMLProvider',
    'UntagSAMLProvider',
    'UpdateSAMLProvider',
  ],
  organizations: [
    'DisableOrganizationsRootCredentialsManagement',
    'DisableOrganizationsRootSessions',
    'EnableOrganizationsRootCredentialsManagement',
    'EnableOrganizationsRootSessions',
    'GenerateOrganizationsAccessReport',
    'GetOrganizationsAccessReport',
    'ListOrganizationsFeatures',
  ],
  'delegation requests': [
    'AcceptDelegationRequest',
    'AssociateDelegationRequest',
    'CreateDelegationRequest',
    'GetDelegationRequest',
    'GetHumanReadableSummary',
    'ListDelegationRequests',
    'RejectDelegationRequest',
    'SendDelegationToken',
    'UpdateDelegationRequest',
  ],
  'role templates': ['AcquireRole', 'GetRoleTemplateVersion'],
  'outbound web identity federation': [
    'DisableOutboundWebIdentityFederation',
    'EnableOutboundWebIdentityFederation',
    'GetOutboundWebIdentityFederationInfo',
  ],
  'account properties': ['GetAccountProperties', 'PutAccountProperties'],
  'preferences of token versions': ['SetSecurityTokenServicePreferences'],
};

/** Names of operations, each with what it is about. */
export const NOT_SERVED: ReadonlyMap<string, string> = new Map(
  Object.entries(NOT_SERVED_BY_SUBJECT).flatMap(([subject, names]) =>
    names.map((name) => [name, subject]),
  ),
);
