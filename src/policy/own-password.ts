/**
 * What "Allow users to change their own password" gives every user of the account, as the text of
 * an identity policy. It names no user, because nobody's password but the caller's can be changed by
 * that action.
 */
export const OWN_PASSWORD_POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: ['iam:ChangePassword', 'iam:GetAccountPasswordPolicy'],
      Resource: '*',
    },
  ],
});
