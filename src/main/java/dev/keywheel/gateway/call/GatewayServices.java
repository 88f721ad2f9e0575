package dev.keywheel.gateway.call;

import dev.keywheel.db.Ids;
import dev.keywheel.gateway.http.BufferedBytes;
import dev.keywheel.gateway.http.CallOptions;
import dev.keywheel.gateway.http.GatewayTimeouts;
import dev.keywheel.gateway.ledger.GatewayLedger;
import dev.keywheel.gateway.model.ModelDirectory;
import dev.keywheel.gateway.seat.AnswerJudge;
import dev.keywheel.gateway.seat.ResponseAccounts;
import dev.keywheel.gateway.seat.Seats;
import dev.keywheel.gateway.token.AccessTokens;
import dev.keywheel.key.pool.KeySecrets;
import dev.keywheel.provider.Providers;
import dev.keywheel.provider.socket.RelayClient;
import java.time.InstantSource;

record GatewayServices(
    AccessTokens tokens,
    ModelDirectory models,
    Seats seats,
    SeatAdmission admission,
    ResponseAccounts responses,
    AnswerJudge judge,
    GatewayLedger ledger,
    Providers providers,
    KeySecrets secrets,
    RelayClient relay,
    BufferedBytes answers,
    Ids ids,
    InstantSource clock,
    GatewayTimeouts timeouts,
    CallOptions options) {}
