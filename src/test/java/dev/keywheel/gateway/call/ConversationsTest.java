package dev.keywheel.gateway.call;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.StreamUpstream;
import dev.keywheel.support.TestPool;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pools that keep each conversation on the keys of one account. */
class ConversationsTest {
  private static final int KEYS = 8;

  @AutoClose private final TestPool pool = new TestPool();
  @AutoClose private final TestNode node = new TestNode(pool);

  @BeforeEach
  void addKeysOfDifferentAccounts() {
    for (UUID key : pool.add(KEYS)) {
      pool.account("account-" + key, key);
    }
    pool.database.runTx(tx -> pool.pool.status().setSeating(tx, pool.workspace, true, 0));
    node.upstream.answer("*", StreamUpstream.json(200, "{\"id\":\"msg_1\",\"content\":[]}"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"x-session-id", "X-Claude-Code-Session-Id"})
  void requests_of_one_session_use_one_account_although_their_prompts_differ(String header) {
    for (int turn = 0; turn < KEYS; turn++) {
      send(header, "the same", turn);
    }
    assertThat(node.upstream.keys()).hasSize(KEYS).containsOnly(node.upstream.keys().getFirst());

    for (int session = 0; session < KEYS; session++) {
      send(header, "another " + session, 0);
    }
    assertThat(Set.copyOf(node.upstream.keys())).as("with other sessions").hasSizeGreaterThan(1);
  }

  private void send(String header, String session, int turn) {
    String body =
        "{\"model\":\"maker/model\",\"system\":\"changes: " + turn + "\",\"messages\":[]}";
    node.send(
        node.request("/v1/messages")
            .header(header, session)
            .POST(BodyPublishers.ofString(body))
            .build());
  }
}
