/* SHA-256 (FIPS 180-4) of short texts. The browser's own is asynchronous: ten thousand calls of it
   take seconds where these take a blink, and pages without TLS have none at all. */

function primes(count: number): number[] {
  const found: number[] = [];
  for (let n = 2; found.length < count; n += 1) {
    if (found.every((prime) => n % prime !== 0)) found.push(n);
  }
  return found;
}

const fraction = (root: number): number => ((root - Math.floor(root)) * 2 ** 32) | 0;
const ROUND = Int32Array.from(primes(64), (prime) => fraction(Math.cbrt(prime)));
const START = Int32Array.from(primes(8), (prime) => fraction(Math.sqrt(prime)));
const turn = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

function padded(text: string): DataView {
  const bytes = new TextEncoder().encode(text);
  const view = new DataView(new ArrayBuffer(((bytes.length + 8) >> 6) * 64 + 64));
  bytes.forEach((byte, at) => view.setUint8(at, byte));
  view.setUint8(bytes.length, 0x80);
  view.setUint32(view.byteLength - 4, bytes.length * 8);
  return view;
}

function mix(state: Int32Array, block: DataView, at: number, words: Int32Array): void {
  for (let n = 0; n < 16; n += 1) words[n] = block.getInt32(at + n * 4);
  for (let n = 16; n < 64; n += 1) {
    const [near = 0, far = 0] = [words[n - 2], words[n - 15]];
    const one = turn(far, 7) ^ turn(far, 18) ^ (far >>> 3);
    const two = turn(near, 17) ^ turn(near, 19) ^ (near >>> 10);
    words[n] = (words[n - 16] ?? 0) + one + (words[n - 7] ?? 0) + two;
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let n = 0; n < 64; n += 1) {
    const up = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
    const first = (h + up + ((e & f) ^ (~e & g)) + (ROUND[n] ?? 0) + (words[n] ?? 0)) | 0;
    const down = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
    const second = (down + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((word, n) => (state[n] = (state[n] ?? 0) + word));
}

/** The first 32 bits of the hash. */
export function firstWord(text: string): number {
  const view = padded(text);
  const state = START.slice();
  const words = new Int32Array(64);
  for (let at = 0; at < view.byteLength; at += 64) mix(state, view, at, words);
  return (state[0] ?? 0) >>> 0;
}
