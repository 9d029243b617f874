import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { InputError } from '../../../src/base/errors.js';
import { totalCost } from '../../../src/network/cost.js';
import { readNetwork } from '../../../src/onnx/read/read-network.js';
import { sharedCase } from '../../shared-data.js';

interface Case {
  readonly file: string;
  /** Counted by formula, as `../shared/cases/README.md` says. */
  readonly macs: number;
  readonly parameters: number;
  /** After the batch, by a run of onnxruntime 1.30. */
  readonly output: readonly number[];
  readonly sizes?: Readonly<Record<string, number>>;
}

const CASES: readonly Case[] = [
  { file: 'mean_keepdims0_gemm', macs: 224484, parameters: 4164, output: [100] },
  { file: 'reducemean_axes_18', macs: 160, parameters: 160, output: [10] },
  { file: 'proto3_keepdims_zero', macs: 160, parameters: 160, output: [10] },
  { file: 'reducemean_all', macs: 0, parameters: 0, output: [1, 1, 1] },
  { file: 'maxpool_dilated', macs: 28800, parameters: 288, output: [8, 10, 10] },
  { file: 'avgpool_dilated_v19', macs: 28800, parameters: 288, output: [8, 10, 10] },
  { file: 'concat_coord_channels', macs: 508032, parameters: 2984, output: [16, 14, 14] },
  { file: 'concat_class_token', macs: 806912, parameters: 4160, output: [197, 64] },
  { file: 'concat_three_one_const', macs: 290, parameters: 294, output: [10] },
  { file: 'add_const_broadcasts_up', macs: 2048, parameters: 288, output: [8, 8, 8] },
  { file: 'mul_const_outer', macs: 4096, parameters: 288, output: [16, 8] },
  { file: 'matmul_const_batched', macs: 368640, parameters: 36864, output: [12, 10, 48] },
  { file: 'matmul_const_3d', macs: 20480, parameters: 2048, output: [4, 10, 32] },
  { file: 'gemm_nobias_empty', macs: 128, parameters: 128, output: [8] },
  { file: 'shared_weights', macs: 1056, parameters: 528, output: [16] },
  { file: 'scale_shift_params', macs: 0, parameters: 128, output: [64, 8, 8] },
  { file: 'layernorm_17_nobias', macs: 0, parameters: 64, output: [50, 64] },
  { file: 'batch8', macs: 1555200, parameters: 216, output: [8, 30, 30] },
  { file: 'conv_weight_identity', macs: 294912, parameters: 576, output: [8, 16, 16] },
  { file: 'constant_value_ints', macs: 128, parameters: 128, output: [8] },
  { file: 'conv_weight_transpose_const', macs: 56448, parameters: 288, output: [8, 14, 14] },
  { file: 'constant_value_float', macs: 128, parameters: 128, output: [8] },
  { file: 'unsqueeze_weight', macs: 21504, parameters: 96, output: [8, 14, 16] },
  { file: 'matmul_const_left', macs: 4096, parameters: 128, output: [8, 32] },
  { file: 'unused_input', macs: 194400, parameters: 216, output: [8, 30, 30] },
  { file: 'dead_node', macs: 194400, parameters: 216, output: [8, 30, 30] },
  { file: 'reshape_merges_batch', macs: 154880, parameters: 3872, output: [40, 32] },
  { file: 'reshape_minus1_first_wrong', macs: 512, parameters: 128, output: [8] },
  { file: 'flatten_axis2', macs: 0, parameters: 0, output: [64] },
  {
    file: 'dynamic_hw',
    macs: 194400,
    parameters: 216,
    output: [8, 30, 30],
    sizes: { height: 32, width: 32 },
  },
  { file: 'scalar_input', macs: 512, parameters: 512, output: [32] },
  { file: 'conv_transpose', macs: 7168, parameters: 100, output: [4, 16, 16] },
  { file: 'pad_then_conv', macs: 221184, parameters: 216, output: [8, 32, 32] },
  { file: 'resize_x2', macs: 194400, parameters: 216, output: [8, 30, 30] },
  { file: 'split_two_outputs', macs: 16384, parameters: 32, output: [8, 16, 16] },
  { file: 'squeeze_unsqueeze', macs: 160, parameters: 160, output: [10] },
  { file: 'reducesum_max', macs: 160, parameters: 160, output: [10] },
  { file: 'prelu_params', macs: 0, parameters: 16, output: [16, 8, 8] },
  { file: 'conv1d', macs: 65600, parameters: 656, output: [16, 100] },
  { file: 'dynamic_shape_chain', macs: 128, parameters: 128, output: [8] },
  { file: 'flatten_axis_neg', macs: 128, parameters: 128, output: [8] },
  { file: 'conv3d', macs: 254016, parameters: 216, output: [4, 6, 14, 14] },
  { file: 'lstm_seq', macs: 7680, parameters: 768, output: [1, 1, 8] },
  { file: 'local_function', macs: 42336, parameters: 216, output: [8, 14, 14] },
  { file: 'where_mask', macs: 0, parameters: 1, output: [8, 8] },
  { file: 'reshape_attr_v1', macs: 136, parameters: 136, output: [8] },
];

const REFUSED: readonly (readonly [file: string, reason: RegExp])[] = [
  ['weight_channel_mismatch', /node "c" \(Conv\): its weight takes 16 channels, and its input has 3/],
  ['custom_domain_conv', /node "c".*"Conv".*"acme.ops"/],
];

for (const { file, macs, parameters, output, sizes } of CASES) {
  const path = sharedCase(`${file}.onnx`);
  test(`${file}: shapes and costs`, { skip: path === undefined && 'no ../shared/cases' }, async () => {
    const { network } = await readNetwork(await readFile(path!), {
      sizes: new Map(Object.entries(sizes ?? {})),
    });
    const total = totalCost(network);
    const written = network.names().filter((name) => network.operator(name).kind === 'output');
    assert.deepEqual(
      {
        macs: total.macs,
        parameters: total.parameters,
        output: network.file(written[0])?.fullShape.slice(1),
      },
      { macs, parameters, output },
    );
  });
}

for (const [file, reason] of REFUSED) {
  const path = sharedCase(`${file}.onnx`);
  test(`${file} is refused by name`, { skip: path === undefined && 'no ../shared/cases' }, async () => {
    const bytes = await readFile(path!);
    await assert.rejects(
      readNetwork(bytes),
      (error) => error instanceof InputError && reason.test(error.message),
    );
  });
}
