import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FlowBytes } from '../../../nifi/recognition/text';

const PIECE_BYTES = 64 * 1024;

/** A file on this computer. */
export function fileBytes(path: string): FlowBytes {
  return {
    async head(count) {
      const file = await open(path, 'r');
      try {
        const { bytesRead, buffer } = await file.read(Buffer.alloc(count), 0, count, 0);
        return buffer.subarray(0, bytesRead);
      } finally {
        await file.close();
      }
    },
    pieces: (signal) => createReadStream(path, { highWaterMark: PIECE_BYTES, signal }) as AsyncIterable<Buffer>,
  };
}
