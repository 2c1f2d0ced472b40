"""Letters of the benchmarks: small, in two languages, each one different."""

import random

_OPENINGS = (
    "Здравствуйте! Заказ так и не пришёл, хотя обещали ко вторнику.",
    "Добрый день, подскажите, можно ли поменять адрес доставки?",
    "Hello, the lamp I bought last week flickers and then goes out.",
    "Good morning, could you send the invoice once more, please?",
    "Hi, two chairs of four came without screws.",
    "Подскажите, пожалуйста, когда откроется пункт выдачи на Садовой?",
)
_MIDDLES = (
    "Я писала вам ещё в пятницу, но ответа пока нет.",
    "I tried the steps from the leaflet, nothing changed.",
    "Фотографии могу прислать, если они нужны.",
    "It is not urgent, but I would like to know before the weekend.",
    "Оплата прошла, деньги списаны полностью.",
    "Everything else is fine, thank you for the quick delivery.",
)
_NAMES = ("Вера Лукина", "Pavel Orlov", "Анна Белова", "Mary Stone", "Игорь Седов", "John Reed")


def words(number: int) -> tuple[str, str, str]:
    """Sender's name, subject and text of letter `number`; the same number, the same words."""
    dice = random.Random(number)
    opening = dice.choice(_OPENINGS)
    lines = [opening, "", *dice.sample(_MIDDLES, 3), "", f"Номер заказа / order: {number:06d}"]
    return dice.choice(_NAMES), opening.split(",")[0][:60], "\r\n".join(lines)


def letter(number: int, to: str) -> bytes:
    """Letter `number` as a mail program sends it, about a kilobyte."""
    name, subject, text = words(number)
    head = (
        f"Received: from desk{number % 50}.client.example by mx.client.example; "
        "Mon, 6 Jan 2025 10:00:00 +0300\r\n"
        f"From: {name} <writer{number}@client.example>\r\nTo: {to}\r\nSubject: {subject}\r\n"
        f"Message-ID: <bench.{number}@client.example>\r\n"
        "Date: Mon, 6 Jan 2025 10:00:00 +0300\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    )
    return (head + text + "\r\n").encode()
