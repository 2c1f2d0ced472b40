import { fileURLToPath } from "node:url";
import { type BuildOptions, defineConfig } from "vite";
import { emoji } from "./emoji.ts";
import { sprite } from "./sprite.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const shared: BuildOptions = {
  outDir: here("../okno/console/static/okno"),
  target: "es2022",
  /* The first versions that know light-dark(); older ones would need both themes written twice. */
  cssTarget: ["chrome123", "firefox120", "safari17.5"],
  /* Icons and marks are files of the sprite; an inlined data: address would break our CSP. */
  assetsInlineLimit: 0,
  modulePreload: false,
  reportCompressedSize: true,
};

const pages: BuildOptions = {
  ...shared,
  emptyOutDir: true,
  rollupOptions: {
    input: {
      console: here("src/console.ts"),
      "live-worker": here("src/live-worker.ts"),
      form: here("src/widget/form.ts"),
      passkey: here("src/passkey.ts"),
      style: here("src/css/console.css"),
      portal: here("src/css/portal.css"),
    },
    output: {
      entryFileNames: "[name].js",
      chunkFileNames: "[name].js",
      assetFileNames: (asset) =>
        asset.names[0] === "style.css" ? "console.css" : "[name][extname]",
    },
  },
};

/* One classic script for pages of others: a module cannot be given its key by an attribute, and the
   names of an unwrapped bundle would be theirs too. */
const widget: BuildOptions = {
  ...shared,
  emptyOutDir: false,
  rollupOptions: {
    input: { widget: here("src/widget/widget.ts") },
    output: { format: "iife", entryFileNames: "[name].js" },
  },
};

/* Fixed names, no hashes: Django's manifest storage adds the hash when it collects static files. */
export default defineConfig(({ mode }) => ({
  root: here("."),
  base: "./",
  publicDir: false,
  plugins: mode === "widget" ? [] : [sprite(), emoji()],
  build: mode === "widget" ? widget : pages,
}));
