// Stands in for a training: prints an "accuracy" computed from a NAS-Bench-201 network's operations, to try a search in
// seconds. Your own evaluator trains the network instead.
//
//     npx tempograph search --evaluator "node examples/evaluator.mjs {arch}" --device pixel3 --max-latency 10 --budget 6
const POINTS = { nor_conv_3x3: 4, nor_conv_1x1: 3, skip_connect: 2, avg_pool_3x3: 1, none: 0 };

const operations = process.argv[2].match(/[a-z_]+\d?x?\d?(?=~)/g);
const accuracy = 50 + operations.reduce((sum, operation) => sum + POINTS[operation], 0);
console.log(JSON.stringify({ accuracy }));
