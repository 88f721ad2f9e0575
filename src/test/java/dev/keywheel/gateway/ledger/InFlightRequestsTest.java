package dev.keywheel.gateway.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class InFlightRequestsTest {
  private final InFlightRequests requests = new InFlightRequests();

  @Test
  void an_aborted_request_is_in_flight_until_it_is_removed() {
    var request = UUID.randomUUID();
    var aborts = new AtomicInteger();
    requests.add(request, aborts::incrementAndGet);
    requests.recordFirstEvent(request, 120);

    assertThat(requests.abort(request)).isTrue();
    assertThat(aborts).hasValue(1);
    assertThat(requests.count()).isEqualTo(1);
    assertThat(requests.firstEventMs(request)).isEqualTo(120);
    requests.remove(request);

    assertThat(requests.abort(request)).isFalse();
    assertThat(requests.count()).isZero();
    assertThat(requests.firstEventMs(request)).isNull();
  }
}
