import { connect } from 'node:net';

/**
 * A process inside the network that connects to the program's own servers, and hands the connections
 * to the process outside.
 */

/** From outside: connect to this port. */
export interface ConnectOrder {
  readonly id: number;
  readonly port: number;
}

/** To the outside: first that there is someone; then for each order, with the connection or without. */
export interface ConnectReport {
  readonly id: number | undefined;
}

function obey({ id, port }: ConnectOrder): void {
  const socket = connect({ port, host: 'localhost', autoSelectFamily: true, noDelay: true });
  // Whatever the server says first is for whoever gets the connection.
  socket.pause();
  const report: ConnectReport = { id };
  socket.once('connect', () => process.send?.(report, socket));
  socket.once('error', () => process.send?.(report));
}

if (process.send !== undefined) {
  process.on('message', (order) => obey(order as ConnectOrder));
  process.send({ id: undefined } satisfies ConnectReport);
}
