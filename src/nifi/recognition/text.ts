/** Reads a flow file as text in pieces, unpacked where it is gzip, whatever its name says. */
import { Readable } from 'node:stream';
import { TextDecoder } from 'node:util';
import { createGunzip } from 'node:zlib';

const PIECE_BYTES = 64 * 1024;
/** As much as the converter reads; what is larger after unpacking is no flow but an attack. */
const MAX_BYTES = 128 * 1024 * 1024;

/** A file's bytes, wherever it lies: on this computer's disk or in a volume. */
export interface FlowBytes {
  /** The first bytes as they are; fewer where the file is shorter. */
  head(count: number): Promise<Buffer>;
  /** All of them, in pieces; ends with the signal's reason when it fires. */
  pieces(signal: AbortSignal): AsyncIterable<Buffer>;
}

/**
 * @throws the system's or gzip's error; an Error where the unpacked text is too large
 */
export async function* textOf(file: FlowBytes, signal: AbortSignal): AsyncGenerator<string, void, undefined> {
  const packed = (await file.head(2)).equals(Buffer.from([0x1f, 0x8b]));
  const raw = Readable.from(file.pieces(signal), { objectMode: false });
  const source = packed ? raw.pipe(createGunzip({ chunkSize: PIECE_BYTES })) : raw;
  if (packed) raw.once('error', (error) => source.destroy(error));
  try {
    let decoder: TextDecoder | null = null;
    let total = 0;
    for await (const piece of source as AsyncIterable<Buffer>) {
      total += piece.length;
      if (total > MAX_BYTES) throw new Error(`is larger than ${String(MAX_BYTES / 1024 / 1024)} MiB`);
      decoder ??= decoderFor(piece);
      yield decoder.decode(piece, { stream: true });
    }
    const rest = decoder?.decode();
    if (rest !== undefined && rest !== '') yield rest;
  } finally {
    source.destroy();
    raw.destroy();
  }
}

/** By byte order mark or by the zeros of UTF-16; everything else is read as UTF-8: names of tags and keys are ASCII. */
function decoderFor(head: Buffer): TextDecoder {
  const [first, second] = head;
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0)) return new TextDecoder('utf-16le');
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== 0)) return new TextDecoder('utf-16be');
  return new TextDecoder('utf-8');
}
