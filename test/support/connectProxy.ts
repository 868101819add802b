/** A company's proxy as tests need it: tunnels by CONNECT, counts them, asks for credentials if told to. */
import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

export interface ConnectProxyOptions {
  /** `user:password`; who comes without it gets 407. */
  readonly credentials?: string;
  /** Then the way to the proxy is TLS as well. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

export interface ConnectProxy {
  readonly port: number;
  /** `host:port` of each tunnel that was opened. */
  readonly tunnels: readonly string[];
  /** How many came without the right credentials. */
  readonly refused: number;
  stop(): Promise<void>;
}

/** Whatever name is asked for, its port is taken on this computer: the proxy knows names that the client cannot resolve. */
export async function startConnectProxy(options: ConnectProxyOptions = {}): Promise<ConnectProxy> {
  const server = options.tls === undefined ? createServer() : createTlsServer(options.tls);
  const tunnels: string[] = [];
  const sockets = new Set<Duplex>();
  let refused = 0;
  server.on('connect', (request: IncomingMessage, client: Duplex) => {
    const basic = /^Basic (.+)$/.exec(request.headers['proxy-authorization'] ?? '')?.[1] ?? '';
    if (options.credentials !== undefined && Buffer.from(basic, 'base64').toString() !== options.credentials) {
      refused++;
      client.end(
        'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n',
      );
      return;
    }
    const target = request.url ?? '';
    tunnels.push(target);
    const upstream = connect(Number(target.split(':')[1]), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => sockets.delete(socket));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    tunnels,
    get refused() {
      return refused;
    },
    stop: async () => {
      sockets.forEach((socket) => socket.destroy());
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
