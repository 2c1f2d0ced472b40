/** What the chat says, in both languages. Plurals by Intl.PluralRules: one, few, many, other. */
const en = {
  title: "Chat",
  open: "Open the chat",
  close: "Close the chat",
  unread: { one: "{n} new message", other: "{n} new messages" },
  greeting: "Hello! Write to us: we read every message.",
  within_minutes: {
    one: "We usually answer within {n} minute",
    other: "We usually answer within {n} minutes",
  },
  within_hours: { one: "We usually answer within {n} hour", other: "We usually answer within {n} hours" },
  within_days: { one: "We usually answer within {n} day", other: "We usually answer within {n} days" },
  received: "We have your message",
  work: "Someone is on it",
  waiting: "Waiting for your answer",
  solved: "Solved. Write again if anything is left.",
  placeholder: "Your message",
  send: "Send",
  attach: "Attach files",
  emoji: "Emoji",
  more: "More",
  save: "Keep the conversation",
  keep_file: "Save as a text file",
  keep_mail: "Send it to me by mail",
  your_email: "Your e-mail address. We send a code to it first.",
  bad_email: "This is not an address.",
  code_sent: "A code is on its way to {email}. Write it here:",
  bad_code: "This code does not fit. Look at the letter again:",
  mailed: "The conversation is on its way to you.",
  not_mailed: "It cannot be sent by mail now.",
  too_often_mail: "That was asked for too often. Try again in an hour.",
  go: "Further",
  remove: "Remove",
  today: "Today",
  yesterday: "Yesterday",
  you: "You",
  types: "{name} is typing",
  sending: "Sending",
  sent: "Sent",
  later: "Will go out when the line is back",
  failed: "Not sent",
  again: "Send again",
  offline: "No connection. What you write goes out by itself when it is back.",
  previews: "Our people see what you are typing.",
  too_large: "Files may have 10 MB together, five at most.",
  too_often: "That was a lot at once. It goes on in a minute.",
  not_here: "The chat is not available on this page.",
  closed_frame: "This page is shown in a closed frame that lets nothing out. Open it in a tab of its own to write to us.",
  too_long: "{n} of {most} characters. Please shorten it, or attach a file.",
  members: "Please sign in on the site to write to us.",
  nothing: "The conversation could not be loaded. Trying again.",
  picture: "Picture {name}",
  earlier: "Earlier messages",
};

export type Words = typeof en;
type Plural = Words["unread"] & { few?: string; many?: string };

const ru: { readonly [K in keyof Words]: Words[K] extends string ? string : Plural } = {
  title: "Чат",
  open: "Открыть чат",
  close: "Закрыть чат",
  unread: {
    one: "{n} новое сообщение",
    few: "{n} новых сообщения",
    many: "{n} новых сообщений",
    other: "{n} нового сообщения",
  },
  greeting: "Здравствуйте! Напишите нам: мы читаем каждое сообщение.",
  within_minutes: {
    one: "Обычно отвечаем за {n} минуту",
    few: "Обычно отвечаем за {n} минуты",
    many: "Обычно отвечаем за {n} минут",
    other: "Обычно отвечаем за {n} минуты",
  },
  within_hours: {
    one: "Обычно отвечаем за {n} час",
    few: "Обычно отвечаем за {n} часа",
    many: "Обычно отвечаем за {n} часов",
    other: "Обычно отвечаем за {n} часа",
  },
  within_days: {
    one: "Обычно отвечаем за {n} день",
    few: "Обычно отвечаем за {n} дня",
    many: "Обычно отвечаем за {n} дней",
    other: "Обычно отвечаем за {n} дня",
  },
  received: "Мы получили ваше сообщение",
  work: "Уже занимаемся",
  waiting: "Ждём вашего ответа",
  solved: "Решено. Если что-то осталось, напишите.",
  placeholder: "Ваше сообщение",
  send: "Отправить",
  attach: "Приложить файлы",
  emoji: "Эмодзи",
  more: "Ещё",
  save: "Сохранить переписку",
  keep_file: "Сохранить текстовым файлом",
  keep_mail: "Прислать мне на почту",
  your_email: "Ваш адрес электронной почты. Сначала пришлём на него код.",
  bad_email: "Это не похоже на адрес.",
  code_sent: "Код отправлен на {email}. Впишите его сюда:",
  bad_code: "Код не подходит. Посмотрите ещё раз в письмо:",
  mailed: "Переписка отправляется вам.",
  not_mailed: "Сейчас отправить по почте не получится.",
  too_often_mail: "Слишком много запросов. Попробуйте через час.",
  go: "Дальше",
  remove: "Убрать",
  today: "Сегодня",
  yesterday: "Вчера",
  you: "Вы",
  types: "{name} печатает",
  sending: "Отправляем",
  sent: "Отправлено",
  later: "Уйдёт, когда появится связь",
  failed: "Не отправлено",
  again: "Отправить ещё раз",
  offline: "Нет связи. Написанное уйдёт само, когда она появится.",
  previews: "Наши операторы видят, что вы печатаете.",
  too_large: "Файлы вместе — не больше 10 МБ и не больше пяти.",
  too_often: "Слишком много сразу. Продолжим через минуту.",
  not_here: "На этой странице чат недоступен.",
  closed_frame: "Страница открыта в закрытой рамке, из которой ничего не уходит. Откройте её в отдельной вкладке, чтобы написать нам.",
  too_long: "{n} из {most} знаков. Пожалуйста, сократите или приложите файл.",
  members: "Чтобы написать нам, войдите на сайте.",
  nothing: "Переписка не загрузилась. Пробуем ещё раз.",
  picture: "Картинка {name}",
  earlier: "Более ранние сообщения",
};

type TextKey = { [K in keyof Words]: Words[K] extends string ? K : never }[keyof Words];
type CountKey = Exclude<keyof Words, TextKey>;

export interface Speech {
  readonly language: "ru" | "en";
  say(key: TextKey, values?: Readonly<Record<string, string>>): string;
  count(key: CountKey, n: number): string;
}

function filled(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? "");
}

/** Speaks the language asked for: Russian for `ru...`, else English. */
export function speech(asked: string): Speech {
  const language = asked.toLowerCase().startsWith("ru") ? "ru" : "en";
  const words = language === "ru" ? ru : en;
  const rules = new Intl.PluralRules(language);
  return {
    language,
    say: (key, values = {}) => filled(words[key], values),
    count: (key, n) => {
      const forms: Plural = words[key];
      const form = forms[rules.select(n) as keyof Plural] ?? forms.other;
      return filled(form, { n: String(n) });
    },
  };
}
