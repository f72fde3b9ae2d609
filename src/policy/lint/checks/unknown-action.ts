import { actionNames, findAction, isKnownService, prefixOf } from '../catalog/catalog.ts';
import { nearest } from '../nearest.ts';
import { permissionsOf } from './operation-names.ts';

/** Whether an action is of a service whose actions are known, and is none of them. */
export function isUnknownAction(action: string): boolean {
  if (!isKnownService(prefixOf(action)) || /[*?]/.test(action)) return false;
  return findAction(action) === undefined;
}

/** What to say of an action that there is not, and which one was probably meant. */
export function adviceOnAction(action: string): {
  readonly message: string;
  readonly meant?: string;
} {
  const permissions = permissionsOf(action);
  if (permissions !== undefined) {
    const [only, ...more] = permissions;
    const message = `There is no action ${action}; the operation of that name is authorized as ${permissions.join(' and ')}.`;
    return only === undefined || more.length > 0 ? { message } : { message, meant: only };
  }
  const message = `There is no action ${action}.`;
  const meant = nearest(action, actionNames(prefixOf(action)));
  return meant === undefined ? { message } : { message: `${message} Is ${meant} meant?`, meant };
}
