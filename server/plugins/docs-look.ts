import type { FastifySwaggerUiOptions } from '@fastify/swagger-ui';

/** The project's look for Swagger UI: the page's colours and font, its name instead of the logo, no address bar. */

/** Legible on light and dark backgrounds. */
const ACCENT = '#5a6ae6';

const WORDMARK = `<svg xmlns="http://www.w3.org/2000/svg" width="160" height="32" viewBox="0 0 160 32">
  <text y="23" font-family="system-ui, sans-serif" font-size="22" font-weight="700" letter-spacing="-0.4" fill="${ACCENT}">tempograph</text>
</svg>`;

const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><title>tempograph</title><rect width="32" height="32" rx="7" fill="#3d4fd6"/><path d="M6 22C10 22 11 9 16 9s6 13 10 13" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round"/><circle cx="16" cy="9" r="3.2" fill="#fff"/></svg>`;

const CSS = `
.swagger-ui, .swagger-ui .opblock-tag, .swagger-ui .opblock .opblock-summary-description,
.swagger-ui .info .title, .swagger-ui .info p, .swagger-ui .btn, .swagger-ui table thead tr th {
  font-family: system-ui, sans-serif;
}
body, .swagger-ui .scheme-container { background: #f5f6fa; }
.swagger-ui .wrapper { max-width: 76rem; }
.swagger-ui .topbar { padding: 0.5rem 0; border-bottom: 1px solid #d9dde7; background: #f5f6fa; }
.swagger-ui .topbar .download-url-wrapper, .swagger-ui .info hgroup.main > a { display: none; }
.swagger-ui .topbar-wrapper { justify-content: space-between; }
.swagger-ui .topbar .dark-mode-toggle button svg { fill: ${ACCENT}; }
.swagger-ui .info { margin: 1.5rem 0; }
.swagger-ui .scheme-container { padding: 0 0 0.5rem; box-shadow: none; }
.swagger-ui .opblock-tag { font-size: 1.05rem; }
.swagger-ui .opblock { border-radius: 0.55rem; box-shadow: none; }
.swagger-ui .btn.authorize { border-color: ${ACCENT}; color: ${ACCENT}; }
.swagger-ui .btn.authorize svg { fill: ${ACCENT}; }
.swagger-ui .btn.execute { border-color: ${ACCENT}; background: ${ACCENT}; }
html.dark-mode, html.dark-mode body, html.dark-mode .swagger-ui, html.dark-mode .swagger-ui .scheme-container { background: #11131a; }
html.dark-mode .swagger-ui .topbar { border-color: #333847; background: #11131a; }
@media (max-width: 40rem) {
  .swagger-ui .wrapper { padding: 0 0.75rem; }
  .swagger-ui .opblock .opblock-summary-path { overflow-wrap: anywhere; }
}
`;

export const docsLook: Pick<FastifySwaggerUiOptions, 'logo' | 'theme'> = {
  logo: { type: 'image/svg+xml', content: WORDMARK, href: '/', target: '_self' },
  theme: {
    title: 'HTTP API · tempograph',
    css: [{ filename: 'tempograph.css', content: CSS }],
    favicon: [{ filename: 'icon.svg', rel: 'icon', type: 'image/svg+xml', sizes: 'any', content: ICON }],
  },
};
