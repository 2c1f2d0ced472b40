import { headers, parts } from "./surface.ts";

/* Files go to the server as soon as they are named: a reload loses none, and sending is quick. */

function place(form: HTMLFormElement): HTMLElement {
  return form.querySelector<HTMLElement>("#draft-files") as HTMLElement;
}

function take(form: HTMLFormElement, html: string): void {
  const fresh = parts(html).querySelector("#draft-files");
  const waiting = [...place(form).querySelectorAll(".is-uploading")];
  if (fresh === null) return;
  fresh.append(...waiting);
  place(form).replaceWith(fresh);
}

function row(file: File): { line: HTMLLIElement; bar: HTMLProgressElement } {
  const line = document.createElement("li");
  const name = document.createElement("span");
  const bar = document.createElement("progress");
  line.className = "composer-file is-uploading";
  name.className = "cut";
  name.textContent = file.name;
  bar.className = "progress";
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", file.name);
  line.append(name, bar);
  return { line, bar };
}

function fail(line: HTMLLIElement, bar: HTMLProgressElement, why: string): void {
  bar.remove();
  line.classList.remove("is-uploading");
  line.classList.add("is-error");
  const words = document.createElement("small");
  words.textContent = why;
  line.append(words);
  window.setTimeout(() => line.remove(), 8_000);
}

/** Uploads one file; resolves to the answer, rejects with words. */
function post(
  url: string,
  file: File,
  key: string,
  isInline: boolean,
  bar: HTMLProgressElement,
): Promise<string> {
  const request = new XMLHttpRequest();
  const body = new FormData();
  body.append("files", file, file.name);
  body.append("key", key);
  if (isInline) body.append("inline", "1");
  return new Promise((done, refuse) => {
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) bar.value = event.loaded / event.total;
    };
    request.onload = () => {
      if (request.status === 200) done(request.responseText);
      else refuse(request.status === 422 ? request.responseText : "");
    };
    request.onerror = () => refuse("");
    request.open("POST", url);
    for (const [name, value] of Object.entries(headers())) request.setRequestHeader(name, value);
    request.send(body);
  });
}

function keyOf(form: HTMLFormElement): string {
  return form.querySelector<HTMLInputElement>('[name="key"]')?.value ?? "";
}

export interface Files {
  add(files: readonly File[]): Promise<void>;
  /** Lays a picture with the draft and gives its address and Content-ID. */
  inline(file: File): Promise<{ address: string; cid: string } | null>;
  isBusy(): boolean;
}

export function keepFiles(form: HTMLFormElement, base: string): Files {
  let running = 0;
  const one = async (file: File, isInline: boolean): Promise<boolean> => {
    const { line, bar } = row(file);
    place(form).append(line);
    running += 1;
    try {
      const answer = await post(`${base}draft/files`, file, keyOf(form), isInline, bar);
      line.remove();
      take(form, answer);
      return true;
    } catch (why) {
      fail(line, bar, typeof why === "string" && why !== "" ? why : form.dataset["failed"] ?? "");
      return false;
    } finally {
      running -= 1;
      form.dispatchEvent(new Event("okno:files"));
    }
  };
  form.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-remove]") : null;
    if (!(button instanceof HTMLElement)) return;
    event.preventDefault();
    const url = `${base}draft/files/${button.dataset["remove"] ?? ""}/remove`;
    void fetch(url, { method: "POST", headers: headers() })
      .then((answer) => answer.text())
      .then((html) => take(form, html));
  });
  return {
    add: async (files) => void (await Promise.all(files.map((file) => one(file, false)))),
    async inline(file) {
      if (!(await one(file, true))) return null;
      const line = [...place(form).querySelectorAll<HTMLElement>("[data-cid]")].at(-1);
      const { file: id, cid } = line?.dataset ?? {};
      return id && cid ? { address: `/attachments/${id}/preview`, cid } : null;
    },
    isBusy: () => running > 0,
  };
}

/** Takes files that are chosen, dropped on the thread or pasted. */
export function listen(form: HTMLFormElement, files: Files): void {
  const zone = form.closest<HTMLElement>(".thread-main") ?? form;
  const sign = form.querySelector<HTMLElement>(".composer-drop");
  const chooser = form.querySelector<HTMLInputElement>('input[type="file"]');
  if (chooser === null) return;
  chooser.addEventListener("change", () => {
    void files.add([...(chooser.files ?? [])]);
    chooser.value = "";
  });
  const carries = (event: DragEvent): boolean =>
    form.isConnected && (event.dataTransfer?.types.includes("Files") ?? false);
  const show = (isOver: boolean): void => {
    if (sign !== null) sign.hidden = !isOver;
  };
  zone.addEventListener("dragover", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    show(true);
  });
  zone.addEventListener("dragleave", (event) => {
    if (!(event.relatedTarget instanceof Node && zone.contains(event.relatedTarget))) show(false);
  });
  zone.addEventListener(
    "drop",
    (event) => {
      if (!carries(event)) return;
      event.preventDefault();
      event.stopPropagation();
      show(false);
      void files.add([...(event.dataTransfer?.files ?? [])]);
    },
    { capture: true },
  );
  form.addEventListener("paste", (event) => {
    const pasted = [...(event.clipboardData?.files ?? [])];
    /* The editor asks for pictures itself, to put them into the text. */
    if (pasted.length === 0 || event.defaultPrevented) return;
    if (!(event.target instanceof HTMLTextAreaElement)) return;
    event.preventDefault();
    void files.add(pasted);
  });
}
