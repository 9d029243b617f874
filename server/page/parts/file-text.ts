/** The content of a text file, unpacked if its name says that it is gzipped. */
export function textOf(file: File): Promise<string> {
  const stream = file.stream();
  const plain = /\.gz$/i.test(file.name) ? stream.pipeThrough(new DecompressionStream('gzip')) : stream;
  return new Response(plain).text();
}

/** Characters within which a header must end. */
const LONGEST_HEADER = 2 ** 20;

/** The names of a CSV's columns, including quoted ones, as the service reads them. */
export async function columnNames(csv: string): Promise<readonly string[]> {
  const { parse } = await import('csv-parse/browser/esm/sync');
  const [header] = parse(csv.slice(0, LONGEST_HEADER), {
    to: 1,
    skip_empty_lines: true,
    record_delimiter: ['\r\n', '\n', '\r'],
  });
  return header ?? [];
}
