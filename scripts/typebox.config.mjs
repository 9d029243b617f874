// Vite's configuration for bundling typebox into three files: opening its 538 takes 0.2 s of CPU. Imported as '#typebox'
// (package.json).
const typebox = 'node_modules/typebox/build';

export default {
  build: {
    lib: {
      entry: { index: `${typebox}/index.mjs`, schema: `${typebox}/schema/index.mjs` },
      formats: ['es'],
    },
    outDir: 'dist/typebox',
    target: 'node20',
    minify: false,
  },
};
