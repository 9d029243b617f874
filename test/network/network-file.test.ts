import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InputError } from '../../src/base/errors.js';
import { totalCost } from '../../src/network/cost.js';
import { networkDocument } from '../../src/network/files/network-document.js';
import { NETWORK_FORMATS, readNetworkFile, writeNetwork } from '../../src/network/files/network-file.js';
import { OperatorGraph } from '../../src/network/graph.js';
import { googlenet } from '../../src/network/zoo/families/googlenet.js';

/** A square, which reads its tensor twice, and a branch that leads nowhere. */
function squared(): OperatorGraph {
  const network = new OperatorGraph();
  const x = network.input([4], 'x');
  network.add({ kind: 'relu' }, [x], 'dead');
  network.output(
    network.add({ kind: 'divide' }, [network.add({ kind: 'mul' }, [x, x], 'square'), x], 'ratio'),
  );
  return network;
}

const byName = (network: OperatorGraph) => network.nodes().sort((a, b) => (a.name < b.name ? -1 : 1));

for (const format of NETWORK_FORMATS) {
  test(`a network written as ${format} is read as the same network`, () => {
    const network = googlenet();
    const again = readNetworkFile(writeNetwork(network, format), format);
    // Any topological order will do.
    assert.deepEqual(byName(again), byName(network));
    assert.deepEqual(totalCost(again), totalCost(network));
  });

  test(`${format} keeps the order in which tensors are read, and a tensor that is read twice`, () => {
    const network = squared();
    network.output('dead');
    const again = readNetworkFile(writeNetwork(network, format), format);
    assert.deepEqual(again.inputs('ratio'), ['square', 'x']);
    assert.deepEqual(again.inputs('square'), ['x', 'x']);
  });

  test(`text that is no ${format}, or whose nodes are no operators, is refused by name`, () => {
    assert.throws(() => readNetworkFile('neither', format), InputError);
    const spoilt = writeNetwork(squared(), format).replace(
      /\{\\?(?:"|&quot;)kind\\?(?:"|&quot;):\\?(?:"|&quot;)mul\\?(?:"|&quot;)\}/,
      'mul',
    );
    assert.throws(() => readNetworkFile(spoilt, format), /square\.operator/);
  });
}

test('a document says what operators cost, and which of them an output depends on', () => {
  const document = networkDocument(squared());
  assert.equal(document.getNodeAttribute('dead', 'alive'), false);
  assert.equal(document.getNodeAttribute('square', 'alive'), true);
  const macs = document.reduceNodes((sum, _, attributes) => sum + attributes.macs, 0);
  assert.equal(macs, 0);
  const whole = networkDocument(googlenet());
  const sum = whole.reduceNodes((total, _, attributes) => total + attributes.macs, 0);
  assert.equal(sum, totalCost(googlenet()).macs);
});
