package dev.keywheel.key.edit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.Plans;
import dev.keywheel.support.TestPool;
import java.time.Instant;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The trash with 5,000 keys that were deleted together. */
@Tag("full")
class TrashAtSizeTest {
  @Test
  void a_page_is_read_in_the_order_of_its_index() {
    try (var pool = new TestPool()) {
      pool.add("template");
      pool.test.asOwner(
          """
          insert into api_keys (id, workspace_id, provider, name, data_key_id, ciphertext, fingerprint, prefix, last_four,
              status, status_since, added_at, deleted_at)
          select gen_random_uuid(), t.workspace_id, t.provider, 'user' || n, t.data_key_id, t.ciphertext, sha256(n::text::bytea),
              t.prefix, t.last_four, t.status, t.status_since, t.added_at, t.added_at
          from api_keys t cross join generate_series(1, 5000) n\
          """);
      pool.test.asOwner("vacuum analyze api_keys");
      var all = new KeyTrash.TrashFilter("", Instant.now().plusSeconds(60));
      var first =
          Plans.of(pool.database, dsl -> KeyTrash.part(dsl, pool.workspace, all, "", false, 50));
      assertThat(first).contains("using api_keys_in_trash").doesNotContain("Sort");
    }
  }
}
