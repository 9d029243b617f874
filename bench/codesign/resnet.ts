import { performancePerArea } from '../../src/devices/codesign/area.js';
import { Enumeration } from '../../src/search/codesign/enumeration.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';

/** The residual block as NAS-Bench-201 has it: two 3×3 convolutions and a way around them. */
export const RESNET = nasbench201.parse(
  '|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|skip_connect~0|none~1|skip_connect~2|',
);

/** ResNet on the accelerator that gives it the most images per second and area. */
export function resnetOnItsBest(): { readonly latencyMs: number; readonly areaMm2: number } {
  const { classes, latencyMs } = new Enumeration(nasbench201).latencies([RESNET]);
  return classes
    .map(({ areaMm2 }, c) => ({ latencyMs: latencyMs[c], areaMm2 }))
    .reduce((a, b) =>
      performancePerArea(b.latencyMs, b.areaMm2) > performancePerArea(a.latencyMs, a.areaMm2) ? b : a,
    );
}
