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
    switch (request.kind) {
      case 'parse':
        return { id, kind: 'parse', parsed: parseDocument(request.text) };
      case 'open':
        return { id, kind: 'open', opened: await openedFile(request.path) };
      case 'unpack':
        return { id, kind: 'open', opened: await opened(bytesOf(Buffer.from(request.bytes))) };
    }
  } catch (error) {
    return { id, kind: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
}

async function openedFile(path: string): Promise<OpenedText> {
  const file = await open(path);
  try {
    return await opened({
      head: async (count) => {
        const buffer = Buffer.alloc(count);
        return buffer.subarray(0, (await file.read(buffer, 0, count, 0)).bytesRead);
      },
      pieces: () => file.createReadStream({ start: 0, autoClose: false }) as AsyncIterable<Buffer>,
    });
  } finally {
    await file.close();
  }
}

function bytesOf(whole: Buffer): FlowBytes {
  return {
    head: async (count) => whole.subarray(0, count),
    async *pieces() {
      yield whole;
    },
  };
}

async function opened(bytes: FlowBytes): Promise<OpenedText> {
  const pieces: string[] = [];
  for await (const piece of textOf(bytes, new AbortController().signal)) pieces.push(piece);
  const text = prettyPrinted(pieces.join(''));
  return { text, syntax: syntaxOf(text) };
}

port?.on('message', (request: ParserRequest) => {
  void answer(request).then((reply) => port.postMessage(reply));
});
