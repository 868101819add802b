/** The thread that parses, so that typing in a large document never waits for it. */
import { open } from 'node:fs/promises';
import { parentPort } from 'node:worker_threads';
import type { FlowBytes } from '../recognition/text';
import { textOf } from '../recognition/text';
import { parseDocument } from './parse';
import { prettyPrinted } from './pretty';
import type { OpenedText, ParserAnswer, ParserRequest } from './protocol';
import { syntaxOf } from './valueOffsets';

const port = parentPort;

async function answer(request: ParserRequest): Promise<ParserAnswer> {
  const { id } = request;
  try {
    return request.kind === 'parse'
      ? { id, kind: 'parse', parsed: parseDocument(request.text) }
      : { id, kind: 'open', opened: await opened(request.path) };
  } catch (error) {
    return { id, kind: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
}

async function opened(path: string): Promise<OpenedText> {
  const file = await open(path);
  const bytes: FlowBytes = {
    head: async (count) => {
      const buffer = Buffer.alloc(count);
      return buffer.subarray(0, (await file.read(buffer, 0, count, 0)).bytesRead);
    },
    pieces: () => file.createReadStream({ start: 0, autoClose: false }) as AsyncIterable<Buffer>,
  };
  try {
    const pieces: string[] = [];
    for await (const piece of textOf(bytes, new AbortController().signal)) pieces.push(piece);
    const text = prettyPrinted(pieces.join(''));
    return { text, syntax: syntaxOf(text) };
  } finally {
    await file.close();
  }
}

port?.on('message', (request: ParserRequest) => {
  void answer(request).then((reply) => port.postMessage(reply));
});
