import { h } from "./dom.ts";

/* Our own choice of signs: what people write to a shop or a service. */
const SHELVES = [
  "🙂😀😃😄😁😅😂🤣😉😊😇😍😘😎🤩🥳🙃😋😜🤪",
  "🤔🤨😐😶🙄😬😌😴😷🤒😕🙁😟😮😲😳🥺😢😭😤😡🤯😱😓",
  "👍👎👌✌️🤞🤝🙏👏🙌👋🤷🤦💪👀👇👉",
  "❤️🧡💛💚💙💜🖤💔💯🔥✨⭐🎉🎁🎂💐🌹🌞🌧️⛄",
  "✅❌❗❓⚠️⏰⏳📅📦🚚🏠🏢🛒💳💰🧾📞📧📎📷🖼️🔑🔒🔧🔋💡🚲🚗✈️☕🍕",
];

/** Buttons for all signs, shelf by shelf; `take` gets the one that is pressed. */
export function emojiButtons(take: (sign: string) => void): HTMLElement[] {
  const segmenter = new Intl.Segmenter();
  return SHELVES.map((shelf) => {
    const buttons = [...segmenter.segment(shelf)].map(({ segment }) =>
      h("button", { type: "button", click: () => take(segment) }, segment),
    );
    return h("div", { class: "emoji-shelf" }, ...buttons);
  });
}
