import { listenerSuite } from './listener.suite.ts';
import { listen } from './listener.ts';

listenerSuite('listen', listen);
