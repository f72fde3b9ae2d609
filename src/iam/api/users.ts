import { action, list, required } from '../../wire/index.ts';
import { onNewUser, onUser, onUsers } from './resources.ts';
import {
  arn,
  newPath,
  newUserName,
  path,
  pathPrefix,
  renamedUserName,
  userName,
} from './scalars.ts';
import { pageInput, pageOutput, Tag, tagKeyList, tagList, User } from './shapes.ts';

export const CreateUser = action('CreateUser', {
  allows: ({ Tags = [] }) =>
    Tags.length > 0 ? ['iam:CreateUser', 'iam:TagUser'] : ['iam:CreateUser'],
  on: onNewUser,
  input: {
    UserName: required(newUserName),
    Path: path,
    PermissionsBoundary: arn,
    Tags: tagList,
  },
  output: { User: required(User) },
});

export const GetUser = action('GetUser', {
  allows: 'iam:GetUser',
  on: onUser,
  input: { UserName: userName },
  output: { User: required(User) },
});

export const ListUsers = action('ListUsers', {
  allows: 'iam:ListUsers',
  on: onUsers,
  input: { PathPrefix: pathPrefix, ...pageInput },
  output: { Users: required(list(User)), ...pageOutput },
});

export const UpdateUser = action('UpdateUser', {
  allows: 'iam:UpdateUser',
  on: onUser,
  input: { UserName: required(userName), NewPath: newPath, NewUserName: renamedUserName },
  output: {},
});

export const DeleteUser = action('DeleteUser', {
  allows: 'iam:DeleteUser',
  on: onUser,
  input: { UserName: required(userName) },
  output: {},
});

export const PutUserPermissionsBoundary = action('PutUserPermissionsBoundary', {
  allows: 'iam:PutUserPermissionsBoundary',
  on: onUser,
  input: { UserName: required(userName), PermissionsBoundary: required(arn) },
  output: {},
});

export const DeleteUserPermissionsBoundary = action('DeleteUserPermissionsBoundary', {
  allows: 'iam:DeleteUserPermissionsBoundary',
  on: onUser,
  input: { UserName: required(userName) },
  output: {},
});

export const TagUser = action('TagUser', {
  allows: 'iam:TagUser',
  on: onUser,
  input: { UserName: required(userName), Tags: required(tagList) },
  output: {},
});

export const UntagUser = action('UntagUser', {
  allows: 'iam:UntagUser',
  on: onUser,
  input: { UserName: required(userName), TagKeys: required(tagKeyList) },
  output: {},
});

export const ListUserTags = action('ListUserTags', {
  allows: 'iam:ListUserTags',
  on: onUser,
  input: { UserName: required(userName), ...pageInput },
  output: { Tags: required(list(Tag)), ...pageOutput },
});
