export { whenKnown } from '../base/awaitable.ts';
