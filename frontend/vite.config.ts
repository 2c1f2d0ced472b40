import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { sprite } from "./sprite.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/* Fixed names, no hashes: Django's manifest storage adds the hash when it collects static files. */
export default defineConfig({
  root: here("."),
  base: "./",
  publicDir: false,
  plugins: [sprite()],
  build: {
    outDir: here("../okno/console/static/okno"),
    emptyOutDir: true,
    target: "es2022",
    /* The first versions that know light-dark(); older ones would need both themes written twice. */
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    /* Icons and marks are files of the sprite; an inlined data: address would break our CSP. */
    assetsInlineLimit: 0,
    modulePreload: false,
    reportCompressedSize: true,
    rollupOptions: {
      input: {
        console: here("src/console.ts"),
        "live-worker": here("src/live-worker.ts"),
        style: here("src/css/console.css"),
      },
      output: {
        entryFileNames: "[name].js",
        chunkFileNames: "[name].js",
        assetFileNames: (asset) =>
          asset.names[0] === "style.css" ? "console.css" : "[name][extname]",
      },
    },
  },
});
