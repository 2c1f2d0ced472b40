"""The letters of the demo, invented for it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Letter:
    """One small story of a client; times are minutes before now."""

    minutes_ago: int
    name: str
    address: str
    language: str
    subject: str
    text: str
    agent: str = ""
    answer: str = ""
    thanks: str = ""
    note: str = ""
    status: str = "pending"
    tags: tuple[str, ...] = ()
    priority: int = 2


LETTERS = (
    Letter(
        7200,
        "Марина Костина",
        "marina.kostina@pochta.example",
        "ru",
        "Размер рамы",
        "Здравствуйте!\n\nМой рост 168 см. Подойдёт ли мне «Стриж» с рамой 17 дюймов, "
        "или лучше взять 15?\n\nМарина",
        agent="oleg",
        answer="Здравствуйте, Марина!\n\nПри росте 168 см удобнее рама 17 дюймов: посадка будет "
        "ровной, а руль ближе. Любите крутые повороты, возьмите 15: она легче в управлении.\n\n"
        "Обе рамы есть в салоне на Лесной, можно прокатиться. Хорошего дня!",
        thanks="Спасибо, приеду в субботу и попробую обе.",
        tags=("подбор",),
    ),
    Letter(
        4300,
        "Tom Brandt",
        "tom.brandt@mailhouse.example",
        "en",
        "Spare derailleur hanger",
        "Hello,\n\nI bought a Strizh 3 from you last spring and bent the derailleur hanger on a "
        "root. Do you ship spare parts to Estonia, and how long does it take?\n\nBest, Tom",
        agent="kate",
        answer="Hello Tom,\n\nSorry about the root! Yes, we ship to Estonia: a hanger for the "
        "Strizh 3 costs 9 euro, delivery is 5 euro and takes four to six working days.\n\n"
        "Tell me your street address and I will send it today.",
        status="pending",
        tags=("parts", "delivery"),
    ),
    Letter(
        2900,
        "Игорь Самсонов",
        "samsonov.igor@pochta.example",
        "ru",
        "Возврат шлема",
        "Добрый день. Шлем оказался мал, этикетки не снимал. Как его вернуть и когда придут "
        "деньги?",
        agent="oleg",
        answer="Добрый день, Игорь!\n\nПривезите шлем в любой салон или отправьте почтой, адрес "
        "есть на обороте чека. Деньги вернём на карту в течение трёх рабочих дней после "
        "получения.\n\nЕсли хотите, сразу отложу для вас размер L.",
        status="solved",
        tags=("возврат",),
    ),
    Letter(
        1500,
        "Hanna Lind",
        "hanna@lind-studio.example",
        "en",
        "Company order: 12 city bikes",
        "Hi,\n\nWe would like to order twelve city bikes with our logo for the studio. Could you "
        "send an offer with delivery to Tartu before the 10th of December?\n\nHanna Lind, Lind "
        "Studio",
        agent="kate",
        note="Склад: «Город 7» есть 9 штук, ещё 6 придут 1 декабря. Логотип делает «Краска», "
        "срок пять дней.",
        tags=("company",),
        priority=3,
    ),
    Letter(
        380,
        "Пётр Ладыгин",
        "p.ladygin@pochta.example",
        "ru",
        "Заказ 20418 не приехал",
        "Здравствуйте. Заказ 20418 обещали привезти вчера до 18:00. Никто не приехал и не "
        "позвонил. Где велосипед? Ребёнок ждёт его ко дню рождения, он послезавтра.",
        tags=("доставка",),
        priority=4,
    ),
    Letter(
        190,
        "Светлана Юрьева",
        "sveta.yurieva@pochta.example",
        "ru",
        "Скрипит каретка",
        "Добрый день! Через месяц после покупки начала скрипеть каретка, когда встаю на педали. "
        "Это гарантийный случай? Куда подъехать?",
        tags=("гарантия",),
    ),
    Letter(
        95,
        "Jonas Weber",
        "jonas.weber@mailhouse.example",
        "en",
        "Invoice for the tax office",
        "Hello, I need an invoice with my company's VAT number for order 20377. Can you change "
        "it after the payment?\n\nThank you\nJonas",
        agent="kate",
    ),
    Letter(
        48,
        "Алла Громова",
        "alla.gromova@pochta.example",
        "ru",
        "Детское кресло на багажник",
        "Подскажите, пожалуйста, подходит ли кресло «Птенец» на багажник «Стрижа»? На сайте "
        "написано «до 22 кг», а багажник держит 25.",
    ),
    Letter(
        22,
        "Mia Torres",
        "mia.torres@mailhouse.example",
        "en",
        "Is the winter tyre set back?",
        "Hi! The 26-inch studded set was out of stock in October. Is it back, or shall I look at "
        "the 27.5 ones?\n\nMia",
        tags=("stock",),
    ),
    Letter(
        6,
        "Денис Орехов",
        "denis.orehov@pochta.example",
        "ru",
        "Спасибо и вопрос про ТО",
        "Спасибо за быструю настройку переключателей! Когда приезжать на следующее обслуживание, "
        "если катаюсь каждый день?",
    ),
)

# Name, text, language.
SAVED_REPLIES = (
    (
        "Сроки доставки",
        "Здравствуйте, {{client.first_name}}!\n\n"
        "Отправим завтра утром, доставка займёт два-три дня. "
        "Номер вашего обращения: {{conversation.number}}.\n\n{{agent.first_name}}",
        "ru",
    ),
    (
        "Гарантия: что нужно",
        "Здравствуйте, {{client.first_name}}!\n\n"
        "Пришлите, пожалуйста, фотографию узла и номер рамы: "
        "он выбит под кареткой. Ответим в тот же день.",
        "ru",
    ),
    (
        "Delivery abroad",
        "Hello {{client.first_name}},\n\n"
        "Yes, we ship to your country. It takes four to six working days.\n\n"
        "Best,\n{{agent.first_name}}",
        "en",
    ),
    ("Thanks", "Thank you, {{client.first_name}}! If anything else comes up, write to us.", "en"),
)
