import { listenerSuite } from '../listener.suite.ts';
import { listenLean } from './listen-lean.ts';

listenerSuite('listenLean', listenLean);
