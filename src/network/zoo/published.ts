import type { OperatorGraph } from '../graph.js';

/** A network whose graph follows from its published configuration. */
export interface PublishedNetwork {
  /** Height and width of the images that it was published for; undefined if it takes none, or only one size. */
  readonly imageSize?: number;
  /** @throws InputError if its layers do not fit such images */
  readonly build: (imageSize?: number) => OperatorGraph;
}

/** Networks built from the same blocks. */
export interface PublishedFamily {
  /** The name in its paper. */
  readonly name: string;
  /** Families with the same kin are variants of one another: a fair test predicts none of them from another's times. */
  readonly kin: string;
  /** The paper. */
  readonly source: string;
  /** By their names in timm (Wightman, pytorch-image-models). */
  readonly networks: Readonly<Record<string, PublishedNetwork>>;
}

/**
 * A family from a table of configurations.
 *
 * @param build makes the graph of a configuration for images of `imageSize` pixels, by default 224
 */
export function family<Configuration extends object>(
  name: string,
  source: string,
  build: (configuration: Configuration, imageSize: number) => OperatorGraph,
  configurations: Readonly<Record<string, Configuration & { readonly imageSize?: number }>>,
): Omit<PublishedFamily, 'kin'> {
  const networks = Object.entries(configurations).map(([name, configuration]): [string, PublishedNetwork] => {
    const published = configuration.imageSize ?? 224;
    return [name, { imageSize: published, build: (size = published) => build(configuration, size) }];
  });
  return { name, source, networks: Object.fromEntries(networks) };
}
