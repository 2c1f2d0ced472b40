/* Passkeys (WebAuthn Level 2): the server's JSON to the browser's calls and back.

   <form data-passkey-use="options as JSON, or the address that answers them"> signs in;
   <form data-passkey-make="options as JSON"> makes one. Both post `credential`. */

type Json = Record<string, unknown>;
type Described = { id: string; type: "public-key"; transports?: AuthenticatorTransport[] };

const bytes = (text: string): Uint8Array<ArrayBuffer> => {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (c) => c.charCodeAt(0));
};

const text = (buffer: ArrayBuffer | null): string | undefined =>
  buffer === null
    ? undefined
    : btoa(String.fromCharCode(...new Uint8Array(buffer)))
        .replace(/\+/g, "-")
        .replace(/\//g, "_")
        .replace(/=+$/, "");

const known = (items: Described[] | undefined): PublicKeyCredentialDescriptor[] =>
  (items ?? []).map((item) => ({ ...item, id: bytes(item.id) }));

async function make(options: Json): Promise<Json> {
  const given = options["publicKey"] as Json & { user: Json };
  const publicKey = {
    ...given,
    challenge: bytes(given["challenge"] as string),
    user: { ...given.user, id: bytes(given.user["id"] as string) },
    excludeCredentials: known(given["excludeCredentials"] as Described[] | undefined),
  } as unknown as PublicKeyCredentialCreationOptions;
  const made = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential;
  const answer = made.response as AuthenticatorAttestationResponse;
  return {
    ...common(made),
    response: {
      clientDataJSON: text(answer.clientDataJSON),
      attestationObject: text(answer.attestationObject),
      transports: answer.getTransports(),
    },
  };
}

async function use(options: Json): Promise<Json> {
  const given = options["publicKey"] as Json;
  const publicKey = {
    ...given,
    challenge: bytes(given["challenge"] as string),
    allowCredentials: known(given["allowCredentials"] as Described[] | undefined),
  } as PublicKeyCredentialRequestOptions;
  const found = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential;
  const answer = found.response as AuthenticatorAssertionResponse;
  return {
    ...common(found),
    response: {
      clientDataJSON: text(answer.clientDataJSON),
      authenticatorData: text(answer.authenticatorData),
      signature: text(answer.signature),
      userHandle: text(answer.userHandle),
    },
  };
}

const common = (credential: PublicKeyCredential): Json => ({
  id: credential.id,
  rawId: text(credential.rawId),
  type: credential.type,
  clientExtensionResults: credential.getClientExtensionResults(),
});

async function optionsOf(given: string): Promise<Json> {
  if (given.startsWith("{")) return JSON.parse(given) as Json;
  const answer = await fetch(given, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(String(answer.status));
  return ((await answer.json()) as { request_options: Json }).request_options;
}

function send(form: HTMLFormElement, credential: Json): void {
  const field = form.elements.namedItem("credential") as HTMLInputElement;
  field.value = JSON.stringify(credential);
  form.submit();
}

function show(form: HTMLFormElement, selector: string, seen: boolean): void {
  const found = form.querySelector<HTMLElement>(selector);
  if (found) found.hidden = !seen;
}

const isAble = "PublicKeyCredential" in window;

for (const form of document.querySelectorAll<HTMLFormElement>("form[data-passkey-use]")) {
  form.hidden = !isAble;
  form.querySelector("button")?.addEventListener("click", () => {
    show(form, ".field-error", false);
    optionsOf(form.dataset["passkeyUse"] ?? "")
      .then(use)
      .then((credential) => send(form, credential))
      .catch(() => show(form, ".field-error", true));
  });
}

for (const form of document.querySelectorAll<HTMLFormElement>("form[data-passkey-make]")) {
  show(form, "[data-passkey-unable]", !isAble);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    show(form, "[data-passkey-error]", false);
    optionsOf(form.dataset["passkeyMake"] ?? "")
      .then(make)
      .then((credential) => send(form, credential))
      .catch(() => show(form, "[data-passkey-error]", true));
  });
}
