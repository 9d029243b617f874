/** The protobuf messages of an ONNX file (onnx.proto3) by field number, down to the tensors. */
const MESSAGES = {
  model: { 7: 'graph', 25: 'function' },
  graph: { 1: 'node', 5: 'tensor' },
  node: { 5: 'attribute' },
  function: { 7: 'node' },
  attribute: { 5: 'tensor', 6: 'graph' },
  tensor: {},
} as const satisfies Record<string, Record<number, string>>;
type Message = keyof typeof MESSAGES;

/** The fields of a tensor that hold its values. Another field gives their type. */
const VALUES = [4, 5, 7, 9, 13];
const DATA_TYPE = 2;
/** Floating-point types: float, float16, double, bfloat16, and those of 8 bits. */
const FLOATING = [1, 10, 11, 16, 17, 18, 19, 20];
/** Values with more bytes are weights; smaller ones may be shapes, or constants that the network depends on. */
const MOST_BYTES = 8192;
/** The same for floating-point values, where constants are a single number, or the scales of four dimensions. */
export const MOST_FLOATING_BYTES = 32;

const LENGTH_DELIMITED = 2;

/**
 * An ONNX file without the values of its weights. They do not affect the running time, and need not leave the
 * user's machine.
 *
 * @throws Error if it is not an ONNX file
 */
export function withoutWeights(file: Uint8Array): Uint8Array {
  return joined(slimmed(file, 'model'));
}

function slimmed(bytes: Uint8Array, message: Message): Uint8Array[] {
  const kept: Uint8Array[] = [];
  const mostBytes = message === 'tensor' && isFloating(bytes) ? MOST_FLOATING_BYTES : MOST_BYTES;
  for (let at = 0; at < bytes.length; ) {
    const start = at;
    const tag = varint(bytes, at);
    at = tag.next;
    const field = Math.floor(tag.value / 8);
    const wire = tag.value % 8;
    if (wire !== LENGTH_DELIMITED) {
      at = wire === 0 ? varint(bytes, at).next : at + (wire === 1 ? 8 : 4);
      if (![0, 1, 5].includes(wire) || at > bytes.length) throw new Error('This is not an ONNX model.');
      kept.push(bytes.subarray(start, at));
      continue;
    }
    const length = varint(bytes, at);
    const content = bytes.subarray(length.next, length.next + length.value);
    if (content.length !== length.value) throw new Error('This is not an ONNX model, or it is cut short.');
    at = length.next + length.value;
    const inner = (MESSAGES[message] as Record<number, Message>)[field];
    if (inner) {
      const smaller = joined(slimmed(content, inner));
      kept.push(bytes.subarray(start, tag.next), encoded(smaller.length), smaller);
    } else if (message !== 'tensor' || !VALUES.includes(field) || content.length <= mostBytes) {
      kept.push(bytes.subarray(start, at));
    }
  }
  return kept;
}

/** Whether a tensor's values are floating-point numbers. */
function isFloating(tensor: Uint8Array): boolean {
  for (let at = 0; at < tensor.length; ) {
    const tag = varint(tensor, at);
    const [field, wire] = [Math.floor(tag.value / 8), tag.value % 8];
    if (wire === 1 || wire === 5) {
      at = tag.next + (wire === 1 ? 8 : 4);
      continue;
    }
    const value = varint(tensor, tag.next);
    if (field === DATA_TYPE && wire === 0) return FLOATING.includes(value.value);
    at = wire === LENGTH_DELIMITED ? value.next + value.value : value.next;
  }
  return false;
}

function varint(bytes: Uint8Array, at: number): { value: number; next: number } {
  let value = 0;
  for (let i = 0; i < 10 && at + i < bytes.length; i++) {
    value += (bytes[at + i] & 0x7f) * 2 ** (7 * i);
    if (bytes[at + i] < 0x80) return { value, next: at + i + 1 };
  }
  throw new Error('This is not an ONNX model.');
}

function encoded(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.push((rest % 128) + (rest >= 128 ? 128 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Uint8Array.from(bytes);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
