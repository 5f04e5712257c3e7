"""The official PyPI client, driven line by line: a JSON question in, a JSON
answer out. Nothing here knows what is asked for; the driver does."""

import json
import logging
import sys
import traceback

from py_clob_client_v2 import (
    ApiCreds,
    BalanceAllowanceParams,
    BookParams,
    ClobClient,
    MarketOrderArgs,
    OpenOrderParams,
    OrderArgs,
    OrderMarketCancelParams,
    OrderPayload,
    PostOrdersV2Args,
    TradeParams,
)
from py_clob_client_v2.exceptions import PolyApiException

# It logs each refusal, and some are what is asked for.
logging.disable(logging.CRITICAL)

client = None


def open_client(q):
    global client
    client = ClobClient(
        q["host"],
        q["chain"],
        key=q["key"],
        signature_type=q["signatureType"],
        funder=q["funder"],
    )
    return {}


def use(q):
    client.set_api_creds(ApiCreds(q["apiKey"], q["secret"], q["passphrase"]))
    return {}


def plain(creds):
    return {
        "apiKey": creds.api_key,
        "secret": creds.api_secret,
        "passphrase": creds.api_passphrase,
    }


def asset(q):
    # What trades on the newest exchange goes by another name here.
    name = "position_id" if q.get("version") == 3 else "token_id"
    return {name: q["token"]}


def limit(q):
    return OrderArgs(
        price=q["price"],
        size=q["size"],
        side=q["side"],
        expiration=q.get("expiration", 0),
        **asset(q),
    )


def market_order(q):
    args = MarketOrderArgs(
        amount=q["amount"],
        side=q["side"],
        price=q["price"],
        order_type=q["type"],
        **asset(q),
    )
    return client.create_and_post_market_order(args, None, q["type"])


def limits(q):
    args = [PostOrdersV2Args(client.create_order(limit(each)), each["type"]) for each in q["orders"]]
    return client.post_orders(args)


def book_hash(q):
    book = client.get_order_book(q["token"])
    return {"told": book["hash"], "computed": client.get_order_book_hash(dict(book))}


def several(q):
    return [BookParams(token_id=token, side=q["side"]) for token in q["tokens"]]


def balance(q):
    return BalanceAllowanceParams(asset_type=q["asset"], token_id=q.get("token"))


ASKED = {
    "open": open_client,
    "use": use,
    "createKey": lambda q: plain(client.create_api_key(q["nonce"])),
    "deriveKey": lambda q: plain(client.derive_api_key(q["nonce"])),
    "ok": lambda q: client.get_ok(),
    "time": lambda q: client.get_server_time(),
    "version": lambda q: client.get_version(),
    "markets": lambda q: client.get_markets(),
    "market": lambda q: client.get_market(q["market"]),
    "clobMarket": lambda q: client.get_clob_market_info(q["market"]),
    "tickSize": lambda q: client.get_tick_size(q["token"]),
    "negRisk": lambda q: client.get_neg_risk(q["token"]),
    "feeRate": lambda q: client.get_fee_rate_bps(q["token"]),
    "feeExponent": lambda q: client.get_fee_exponent(q["token"]),
    "book": lambda q: client.get_order_book(q["token"]),
    "bookHash": book_hash,
    "books": lambda q: client.get_order_books(several(q)),
    "midpoint": lambda q: client.get_midpoint(q["token"]),
    "midpoints": lambda q: client.get_midpoints(several(q)),
    "price": lambda q: client.get_price(q["token"], q["side"]),
    "prices": lambda q: client.get_prices(several(q)),
    "spread": lambda q: client.get_spread(q["token"]),
    "spreads": lambda q: client.get_spreads(several(q)),
    "lastTrade": lambda q: client.get_last_trade_price(q["token"]),
    "lastTrades": lambda q: client.get_last_trades_prices(several(q)),
    "limit": lambda q: client.create_and_post_order(
        limit(q), None, q["type"], post_only=q.get("postOnly", False)
    ),
    "market_order": market_order,
    "limits": limits,
    "cancel": lambda q: client.cancel_order(OrderPayload(orderID=q["id"])),
    "cancelMany": lambda q: client.cancel_orders(q["ids"]),
    "cancelMarket": lambda q: client.cancel_market_orders(
        OrderMarketCancelParams(market=q["market"], asset_id=q["token"])
    ),
    "cancelAll": lambda q: client.cancel_all(),
    "order": lambda q: client.get_order(q["id"]),
    "openOrders": lambda q: client.get_open_orders(OpenOrderParams(**q["filter"])),
    "trades": lambda q: client.get_trades(TradeParams(**q["filter"])),
    "balance": lambda q: client.get_balance_allowance(balance(q)),
    "updateBalance": lambda q: client.update_balance_allowance(balance(q)),
    "apiKeys": lambda q: client.get_api_keys(),
    "closedOnly": lambda q: client.get_closed_only_mode(),
    "heartbeat": lambda q: client.post_heartbeat(),
}

for line in sys.stdin:
    question = json.loads(line)
    try:
        said = {"value": ASKED[question.pop("call")](question)}
    except PolyApiException as refusal:
        told = refusal.error_msg
        said = {"refused": told.get("error", told) if isinstance(told, dict) else told}
    except Exception:
        said = {"failed": traceback.format_exc()}
    print(json.dumps(said), flush=True)
