import { listenerSuite } from '../listener.suite.ts';
import { tlsSuite } from '../testing/tls.suite.ts';
import { listenLean } from './listen-lean.ts';

listenerSuite('listenLean', listenLean, 'plain');
listenerSuite('listenLean', listenLean, 'TLS');
tlsSuite('listenLean', listenLean);
