package dev.keywheel.sandbox.server;

import dev.keywheel.sandbox.faults.Accounts;
import dev.keywheel.time.Delayer;
import java.time.InstantSource;

/**
 * Options of a sandbox.
 *
 * @param port port on loopback; 0 picks a free one
 * @param seed determines the look of a tool and of a cover; the same seed and the same request give
 *     the same bytes
 * @param clock clock of the sandbox; {@code POST /_control/clock} shifts its time
 * @param freePerMinute maximum number of {@code :free} calls per minute and account
 */
public record SandboxOptions(
    int port, Latency latency, long seed, InstantSource clock, Delayer pause, int freePerMinute) {

  /** Options for the running product: a free port, {@link Latency#DEMO}. */
  public static SandboxOptions demo() {
    return new SandboxOptions(
        0, Latency.DEMO, 1, InstantSource.system(), Delayer.real(), Accounts.FREE_PER_MINUTE);
  }

  /** Options for tests: a free port, no delay of answers, no limit per minute. */
  public static SandboxOptions instant() {
    return new SandboxOptions(
        0, Latency.INSTANT, 1, InstantSource.system(), Delayer.real(), Integer.MAX_VALUE);
  }

  SandboxOptions withPort(int newPort) {
    return new SandboxOptions(newPort, latency, seed, clock, pause, freePerMinute);
  }

  public SandboxOptions withLatency(Latency newLatency) {
    return new SandboxOptions(port, newLatency, seed, clock, pause, freePerMinute);
  }

  SandboxOptions withSeed(long newSeed) {
    return new SandboxOptions(port, latency, newSeed, clock, pause, freePerMinute);
  }

  SandboxOptions withClock(InstantSource newClock) {
    return new SandboxOptions(port, latency, seed, newClock, pause, freePerMinute);
  }

  public SandboxOptions withPause(Delayer newPause) {
    return new SandboxOptions(port, latency, seed, clock, newPause, freePerMinute);
  }

  public SandboxOptions withFreePerMinute(int newLimit) {
    return new SandboxOptions(port, latency, seed, clock, pause, newLimit);
  }
}
