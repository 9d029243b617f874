// Writes the network of an architecture of written.json, `2/64/relu`, without its weights, and prints where it is. Any program
// does that can write ONNX: torch.onnx.export of a script of yours, for example.
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NetworkWriter } from 'tempograph';

const [layers, width, activation] = process.argv[2].split('/');
const net = new NetworkWriter(1, 'none');
let x = net.input([1, 49, Number(width)]);
for (let layer = 0; layer < Number(layers); layer++) {
  const wide = net.activation(net.linear(x, 4 * Number(width)), activation);
  x = net.add(x, net.linear(wide, Number(width)));
}
net.output(x);
const file = join(tmpdir(), `written-${layers}-${width}-${activation}.onnx`);
writeFileSync(file, net.model());
console.log(file);
