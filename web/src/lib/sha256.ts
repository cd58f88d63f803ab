/**
 * SHA-256 without waiting. `crypto.subtle` answers later, when the next picture may already be on the canvas; and Python has the same hash in
 * `hashlib`.
 */
const roundConstants = new Uint32Array(64);
const initialState = new Uint32Array(8);

// The constants are the fractional parts of the cube roots and square roots of the first primes (FIPS 180-4, 4.2.2 and 5.3.3).
for (let candidate = 2, found = 0; found < 64; candidate += 1) {
  let isPrime = true;
  for (let divisor = 2; divisor * divisor <= candidate; divisor += 1)
    if (candidate % divisor === 0) isPrime = false;
  if (!isPrime) continue;
  if (found < 8) initialState[found] = fractionBits(Math.sqrt(candidate));
  roundConstants[found] = fractionBits(Math.cbrt(candidate));
  found += 1;
}

function fractionBits(value: number): number {
  return (value - Math.floor(value)) * 2 ** 32;
}

export function computeSha256Hex(message: Uint8Array): string {
  const state = initialState.slice();
  const schedule = new Uint32Array(64);
  const padded = padMessage(message);
  for (let offset = 0; offset < padded.byteLength; offset += 64) mixBlock(state, schedule, padded, offset);
  return Array.from(state, (word) => word.toString(16).padStart(8, "0")).join("");
}

function padMessage(message: Uint8Array): DataView {
  const bytes = new Uint8Array(Math.ceil((message.length + 9) / 64) * 64);
  bytes.set(message);
  bytes[message.length] = 0x80;
  const view = new DataView(bytes.buffer);
  view.setBigUint64(bytes.length - 8, BigInt(message.length) * 8n);
  return view;
}

function rotateRight(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by));
}

function mixBlock(state: Uint32Array, schedule: Uint32Array, block: DataView, offset: number): void {
  const w = (index: number) => schedule[index] as number;
  for (let t = 0; t < 16; t += 1) schedule[t] = block.getUint32(offset + 4 * t);
  for (let t = 16; t < 64; t += 1) {
    const early = w(t - 15);
    const late = w(t - 2);
    const s0 = rotateRight(early, 7) ^ rotateRight(early, 18) ^ (early >>> 3);
    const s1 = rotateRight(late, 17) ^ rotateRight(late, 19) ^ (late >>> 10);
    schedule[t] = w(t - 16) + s0 + w(t - 7) + s1;
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  for (let t = 0; t < 64; t += 1) {
    const s1 = rotateRight(e, 6) ^ rotateRight(e, 11) ^ rotateRight(e, 25);
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + (roundConstants[t] as number) + w(t)) | 0;
    const s0 = rotateRight(a, 2) ^ rotateRight(a, 13) ^ rotateRight(a, 22);
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  const added = [a, b, c, d, e, f, g, h];
  for (let index = 0; index < 8; index += 1)
    state[index] = (state[index] as number) + (added[index] as number);
}
