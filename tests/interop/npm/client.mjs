// The official npm client, driven line by line: a JSON question in, a JSON
// answer out. Nothing here knows what is asked for; the driver does.
import { createInterface } from "node:readline";
import { Wallet } from "@ethersproject/wallet";
import { ClobClient } from "@polymarket/clob-client-v2";

let client;
let opened;

const open = (creds) => {
    const { host, chain, key, signatureType, funder } = opened;
    const signer = new Wallet(key);
    client = new ClobClient({ host, chain, signer, creds, signatureType, funderAddress: funder });
};
const plain = ({ key, secret, passphrase }) => ({ apiKey: key, secret, passphrase });
const limit = ({ token, price, size, side, expiration }) =>
    ({ tokenID: token, price, size, side, ...(expiration ? { expiration } : {}) });
// What the driver leaves out, the client asks the venue for.
const options = ({ version }) => (version ? { version } : undefined);

const balance = ({ asset, token }) => ({ asset_type: asset, ...(token ? { token_id: token } : {}) });

const asked = {
    open: (q) => { opened = q; open(); return {}; },
    use: (q) => { open({ key: q.apiKey, secret: q.secret, passphrase: q.passphrase }); return {}; },
    createKey: async (q) => plain(await client.createApiKey(q.nonce)),
    deriveKey: async (q) => plain(await client.deriveApiKey(q.nonce)),
    ok: () => client.getOk(),
    time: () => client.getServerTime(),
    version: () => client.getVersion(),
    markets: () => client.getMarkets(),
    market: (q) => client.getMarket(q.market),
    clobMarket: (q) => client.getClobMarketInfo(q.market),
    tickSize: (q) => client.getTickSize(q.token),
    negRisk: (q) => client.getNegRisk(q.token),
    feeRate: (q) => client.getFeeRateBps(q.token),
    feeExponent: (q) => client.getFeeExponent(q.token),
    book: (q) => client.getOrderBook(q.token),
    bookHash: async (q) => {
        const book = await client.getOrderBook(q.token);
        return { told: book.hash, computed: await client.getOrderBookHash({ ...book, hash: "" }) };
    },
    books: (q) => client.getOrderBooks(q.tokens.map((token_id) => ({ token_id, side: q.side }))),
    midpoint: (q) => client.getMidpoint(q.token),
    midpoints: (q) => client.getMidpoints(q.tokens.map((token_id) => ({ token_id, side: q.side }))),
    price: (q) => client.getPrice(q.token, q.side),
    prices: (q) => client.getPrices(q.tokens.map((token_id) => ({ token_id, side: q.side }))),
    spread: (q) => client.getSpread(q.token),
    spreads: (q) => client.getSpreads(q.tokens.map((token_id) => ({ token_id, side: q.side }))),
    lastTrade: (q) => client.getLastTradePrice(q.token),
    lastTrades: (q) => client.getLastTradesPrices(q.tokens.map((token_id) => ({ token_id, side: q.side }))),
    limit: (q) => client.createAndPostOrder(limit(q), options(q), q.type, q.postOnly ?? false),
    market_order: (q) => client.createAndPostMarketOrder(
        { tokenID: q.token, amount: q.amount, side: q.side, price: q.price, orderType: q.type },
        options(q), q.type),
    limits: async (q) => {
        const args = [];
        for (const each of q.orders) {
            args.push({ order: await client.createOrder(limit(each), options(each)), orderType: each.type });
        }
        return client.postOrders(args);
    },
    cancel: (q) => client.cancelOrder({ orderID: q.id }),
    cancelMany: (q) => client.cancelOrders(q.ids),
    cancelMarket: (q) => client.cancelMarketOrders({ market: q.market, asset_id: q.token }),
    cancelAll: () => client.cancelAll(),
    order: (q) => client.getOrder(q.id),
    openOrders: (q) => client.getOpenOrders(q.filter),
    trades: (q) => client.getTrades(q.filter),
    balance: (q) => client.getBalanceAllowance(balance(q)),
    updateBalance: (q) => client.updateBalanceAllowance(balance(q)),
    apiKeys: () => client.getApiKeys(),
    closedOnly: () => client.getClosedOnlyMode(),
    heartbeat: () => client.postHeartbeat(),
};

for await (const line of createInterface({ input: process.stdin })) {
    const { call, ...q } = JSON.parse(line);
    let said;
    try {
        const value = await asked[call](q);
        // This client answers with what the venue refused, where others throw.
        const refused = value && typeof value === "object" && "error" in value;
        said = refused ? { refused: value.error } : { value };
    } catch (error) {
        said = { failed: String(error?.stack ?? error) };
    }
    process.stdout.write(`${JSON.stringify(said)}\n`);
}
