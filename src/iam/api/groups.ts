import { action, list, required } from '../../wire/index.ts';
import { onGroup, onGroups, onNewGroup, onUser } from './resources.ts';
import { groupName, newPath, path, pathPrefix, renamedGroupName, userName } from './scalars.ts';
import { Group, pageInput, pageOutput, User } from './shapes.ts';

export const CreateGroup = action('CreateGroup', {
  allows: 'iam:CreateGroup',
  on: onNewGroup,
  input: { GroupName: required(groupName), Path: path },
  output: { Group: required(Group) },
});

/** Answers the group and, in pages, its members. */
export const GetGroup = action('GetGroup', {
  allows: 'iam:GetGroup',
  on: onGroup,
  input: { GroupName: required(groupName), ...pageInput },
  output: { Group: required(Group), Users: required(list(User)), ...pageOutput },
});

export const ListGroups = action('ListGroups', {
  allows: 'iam:ListGroups',
  on: onGroups,
  input: { PathPrefix: pathPrefix, ...pageInput },
  output: { Groups: required(list(Group)), ...pageOutput },
});

export const UpdateGroup = action('UpdateGroup', {
  allows: 'iam:UpdateGroup',
  on: onGroup,
  input: { GroupName: required(groupName), NewPath: newPath, NewGroupName: renamedGroupName },
  output: {},
});

export const DeleteGroup = action('DeleteGroup', {
  allows: 'iam:DeleteGroup',
  on: onGroup,
  input: { GroupName: required(groupName) },
  output: {},
});

export const AddUserToGroup = action('AddUserToGroup', {
  allows: 'iam:AddUserToGroup',
  on: onGroup,
  input: { GroupName: required(groupName), UserName: required(userName) },
  output: {},
});

export const RemoveUserFromGroup = action('RemoveUserFromGroup', {
  allows: 'iam:RemoveUserFromGroup',
  on: onGroup,
  input: { GroupName: required(groupName), UserName: required(userName) },
  output: {},
});

export const ListGroupsForUser = action('ListGroupsForUser', {
  allows: 'iam:ListGroupsForUser',
  on: onUser,
  input: { UserName: required(userName), ...pageInput },
  output: { Groups: required(list(Group)), ...pageOutput },
});
