import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  build: { outDir: '../../dist/page', emptyOutDir: true, target: 'es2022' },
  server: { proxy: { '/v1': 'http://localhost:8080', '/docs': 'http://localhost:8080' } },
});
