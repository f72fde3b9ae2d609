import { listenerSuite } from './listener.suite.ts';
import { tlsSuite } from './testing/tls.suite.ts';
import { listen } from './listener.ts';

listenerSuite('listen', listen, 'plain');
listenerSuite('listen', listen, 'TLS');
tlsSuite('listen', listen);
