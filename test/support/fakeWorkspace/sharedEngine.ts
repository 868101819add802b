/** One engine for several processes: who has it serves it on a socket of this computer, the others know the address. */
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import * as z from 'zod';

import { readySchema, startEngine, type Engine, type EngineOperation } from './engine';
import { EngineError } from './engineError';
import { JsonLines, type Answer } from './jsonLines';

const requestSchema = z.looseObject({
  id: z.number(),
  op: z.enum(['open', 'close', 'execute', 'rows', 'cancel'] satisfies readonly EngineOperation[]),
});

/** The variable of the environment in which test processes find the engine's address. */
export const ENGINE_ADDRESS = 'TEST_ENGINE';

export interface SharedEngine {
  /** For `connectEngine`, also of other processes. */
  readonly address: string;
  stop(): Promise<void>;
}

/** Starts an engine, without waiting for it, and serves it to whoever connects. */
export async function shareEngine(): Promise<SharedEngine> {
  const engine = startEngine();
  engine.catch(() => undefined); // told to those who connect
  const folder = await mkdtemp(join(tmpdir(), 'engine-'));
  const address = process.platform === 'win32' ? `\\\\.\\pipe\\${folder.replace(/\W/g, '-')}` : join(folder, 'socket');
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
    void serve(socket, engine);
  });
  await new Promise<void>((resolve) => server.listen(address, resolve));
  return {
    address,
    stop: async () => {
      sockets.forEach((socket) => socket.destroy());
      server.close();
      await engine.then((running) => running.stop()).catch(() => undefined);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function serve(socket: Socket, starting: Promise<Engine>): Promise<void> {
  const tell = (answer: Answer): void => void (socket.writable && socket.write(`${JSON.stringify(answer)}\n`));
  let engine: Engine;
  try {
    engine = await starting;
  } catch (error) {
    tell({ id: 0, error: told(error) });
    return;
  }
  createInterface({ input: socket }).on('line', (line) => {
    const { id, op, ...fields } = requestSchema.parse(JSON.parse(line));
    engine.call(op, fields).then(
      (ok) => tell({ id, ok }),
      (error: unknown) => tell({ id, error: told(error) }),
    );
  });
  tell({ id: 0, ok: { connectPort: engine.connectPort } });
}

function told(error: unknown): Answer['error'] {
  return error instanceof EngineError
    ? { condition: error.condition, sqlState: error.sqlState, message: error.message }
    : { condition: null, sqlState: null, message: String(error) };
}

/** The engine that is served at an address. It does not keep this process alive, and stopping it only lets go of it. */
export async function connectEngine(address: string): Promise<Engine> {
  const socket = connect(address);
  const lines = new JsonLines(socket, socket);
  const ended = (error?: Error): void => lines.fail(error ?? new Error('The shared engine is gone.'));
  socket.once('error', ended).once('close', () => ended());
  const { connectPort } = readySchema.parse(await lines.greeting);
  socket.unref();
  return {
    connectPort,
    call: (op, fields) => lines.call({ op, ...fields }),
    stop: () => Promise.resolve(void socket.destroy()),
  };
}
