import type { OperatorGraph } from '../graph.js';

/** A network whose graph follows from its published configuration. */
export interface PublishedNetwork {
  /** Height and width of the images that it is published for; undefined if it reads none, or of one size only. */
  readonly imageSize?: number;
  /** @throws InputError if its layers do not fit such images */
  readonly build: (imageSize?: number) => OperatorGraph;
}

/** Networks that are built of the same blocks. */
export interface PublishedFamily {
  /** As its paper calls it. */
  readonly name: string;
  /** Families that share it are variants of one another: a fair test predicts none of them from another's times. */
  readonly kin: string;
  /** The paper. */
  readonly source: string;
  /** By the name that timm (Wightman, pytorch-image-models) gives them. */
  readonly networks: Readonly<Record<string, PublishedNetwork>>;
}

/**
 * A family from a table of configurations.
 * @param build writes the graph of a configuration for images of `imageSize`, by default 224
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
