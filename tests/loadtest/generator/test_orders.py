"""What is told over the pipes arrives as it was told, and nothing else does."""

from __future__ import annotations

from typing import get_args

import msgspec
import pytest

from chatsimples.loadtest.generator import orders
from chatsimples.loadtest.results import Checks

ORDERS: list[orders.Order] = [
    orders.Connect(),
    orders.Mark(orders.LAST_MARK),
    orders.Begin(start=1 << 60, rate=0.5, window=7, seconds=3.0),
    orders.Expect([{"00": 1 << 40}, {}], 2.5),
    orders.Finish(),
]
NEWS: list[orders.News] = [
    orders.Joined([1, 2], 0.25),
    orders.Seen(orders.FIRST_MARK),
    orders.Progress(1.5, 1 << 40, 1 << 50, bytes(range(256))),
    orders.Sending(1.5, 12, b"\0\xff"),
    orders.Sent([{"zy": 3}]),
    orders.Delivered(1 << 60, -1, True),
    orders.Found(Checks(1, 2, 3, 4, 5, 6, 7, "perdeu-se uma “mensagem”", 8, 9), {0: "ab", 3: ""}),
    orders.Broken("não dá"),
]


def test_every_order_and_all_news_are_tried_here() -> None:
    assert set(get_args(orders.Order)) == set(map(type, ORDERS))
    assert set(get_args(orders.News)) == set(map(type, NEWS))


@pytest.mark.parametrize("order", ORDERS, ids=lambda each: type(each).__name__)
def test_an_order_survives_the_pipe(order: orders.Order) -> None:
    assert order == orders.decode_order(orders.encode(order))


@pytest.mark.parametrize("news", NEWS, ids=lambda each: type(each).__name__)
def test_news_survive_the_pipe(news: orders.News) -> None:
    assert news == orders.decode_news(orders.encode(news))


@pytest.mark.parametrize(
    "data",
    [b"", b"\0", b"\xc1", b"{}", msgspec.msgpack.encode({"type": "Explode"}), orders.encode(ORDERS[2])[:-1]],
)
def test_unknown_bytes_are_refused(data: bytes) -> None:
    for decode in (orders.decode_order, orders.decode_news):
        with pytest.raises(msgspec.MsgspecError):
            decode(data)


def test_news_are_no_orders() -> None:
    for news in NEWS:
        with pytest.raises(msgspec.ValidationError):
            orders.decode_order(orders.encode(news))
